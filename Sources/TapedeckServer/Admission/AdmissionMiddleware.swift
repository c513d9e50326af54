import Hummingbird

/// Takes requests on within the worker's limits, and gives their places back when their answers are sent.
struct AdmissionMiddleware: RouterMiddleware {
    typealias Context = WorkerRequestContext

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
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            defer { permit.end() }
            try await body.write(writer)
        }
        return response
    }
}
