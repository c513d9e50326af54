import Hummingbird

/// Lets bots to the data: with their tokens where there are any, everybody otherwise.
struct BotAccessMiddleware: RouterMiddleware {
    typealias Context = WorkerRequestContext

    let tokens: AccessTokens

    func handle(
        _ request: Request,
        context: WorkerRequestContext,
        next: (Request, WorkerRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        switch self.tokens.bearer(authorization: request.headers[.authorization]) {
        case .bot(let name): context.client = name
        case .admin: context.client = "admin"
        case nil:
            guard !self.tokens.hasBots else {
                throw Problem.unauthorized("send 'Authorization: Bearer TOKEN' with a token of TAPEDECK_TOKENS")
            }
            if let name = request.headers[.client], RequestIdentifier.isSound(name) { context.client = name }
        }
        return try await next(request, context)
    }
}

/// Lets only the operator in.
struct AdminAccessMiddleware: RouterMiddleware {
    typealias Context = WorkerRequestContext

    let tokens: AccessTokens

    func handle(
        _ request: Request,
        context: WorkerRequestContext,
        next: (Request, WorkerRequestContext) async throws -> Response
    ) async throws -> Response {
        guard self.tokens.hasAdmin else {
            throw Problem.forbidden(
                "the admin routes are switched off: start the worker with TAPEDECK_ADMIN_TOKEN or "
                    + "TAPEDECK_ADMIN_TOKEN_FILE set, and send that token"
            )
        }
        guard self.tokens.bearer(authorization: request.headers[.authorization]) == .admin else {
            throw Problem.unauthorized("send 'Authorization: Bearer TOKEN' with the token of TAPEDECK_ADMIN_TOKEN")
        }
        var context = context
        context.client = "admin"
        return try await next(request, context)
    }
}
