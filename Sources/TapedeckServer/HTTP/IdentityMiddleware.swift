import Hummingbird

/// Finds out who asks: by a token, else by what the client calls itself where there are no tokens, else by its address.
///
/// It refuses nobody.
struct IdentityMiddleware: RouterMiddleware {
    typealias Context = WorkerRequestContext

    let tokens: AccessTokens

    func handle(
        _ request: Request,
        context: WorkerRequestContext,
        next: (Request, WorkerRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        switch self.tokens.bearer(authorization: request.headers[.authorization]) {
        case .bot(let name):
            context.identify(.bot(name), client: name)
        case .admin:
            context.identify(.admin, client: "admin")
        case nil:
            if !self.tokens.hasBots, let name = request.headers[.client], RequestIdentifier.isSound(name) {
                context.identify(.named(name), client: name)
            } else {
                context.identify(.address(context.channel.remoteAddress?.ipAddress ?? "none"))
            }
        }
        return try await next(request, context)
    }
}
