import Hummingbird

/// Takes requests on within the worker's limits, and gives their places back when their answers are sent.
struct AdmissionMiddleware: RouterMiddleware {
    typealias Context = WorkerRequestContext

    /// An answer of up to so many bytes is as good as sent when it is made: a connection's buffers take it.
    private static var sentAtOnceBytesMax: Int { 65_536 }

    let control: AdmissionControl

    func handle(
        _ request: Request,
        context: WorkerRequestContext,
        next: (Request, WorkerRequestContext) async throws -> Response
    ) async throws -> Response {
        let permit = try self.control.admit(context.source)
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            permit.end()
            throw error
        }
        let body = response.body
        // The body stays as it is then: only so does the server write it with its head in one go.
        if let length = body.contentLength, length <= Self.sentAtOnceBytesMax {
            permit.end()
            return response
        }
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            defer { permit.end() }
            try await body.write(writer)
        }
        return response
    }
}
