import Hummingbird

/// Lets bots to the data: with their tokens where there are any, everybody otherwise.
struct BotAccessMiddleware: RouterMiddleware {
    typealias Context = WorkerRequestContext

    let tokens: AccessTokens
    let metrics: HTTPMetrics

    func handle(
        _ request: Request,
        context: WorkerRequestContext,
        next: (Request, WorkerRequestContext) async throws -> Response
    ) async throws -> Response {
        switch context.source {
        case .admin, .bot: break
        case .named, .address:
            guard !self.tokens.hasBots else {
                self.metrics.recordRefusal("unauthorized")
                throw Problem.unauthorized("send 'Authorization: Bearer TOKEN' with a token of TAPEDECK_TOKENS")
            }
        }
        return try await next(request, context)
    }
}

/// Lets only the operator in.
struct AdminAccessMiddleware: RouterMiddleware {
    typealias Context = WorkerRequestContext

    let tokens: AccessTokens
    let metrics: HTTPMetrics

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
        guard context.source == .admin else {
            self.metrics.recordRefusal("unauthorized")
            throw Problem.unauthorized("send 'Authorization: Bearer TOKEN' with the token of TAPEDECK_ADMIN_TOKEN")
        }
        return try await next(request, context)
    }
}
