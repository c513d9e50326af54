import Hummingbird

extension WorkerRoutes {
    /// The description as it is sent; it is part of the program.
    private static let description = ByteBuffer(bytes: PackageResources.openapi_yaml)

    /// `GET /openapi.yaml`: what this worker answers, for people and generators of clients.
    @Sendable func openAPI(_ request: Request, _ context: Context) async throws -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/yaml"],
            body: ResponseBody(byteBuffer: Self.description)
        ).withEntityTag(Self.descriptionTag, for: request)
    }

    private static let descriptionTag = EntityTag(of: description)
}
