import CCurl

/// One libcurl transfer handle, freed exactly once.
///
/// Used on libcurl's thread only, and removed from its multi handle before it goes out of scope.
struct CurlEasy: ~Copyable {
    /// What libcurl calls a `CURL *`.
    let pointer: UnsafeMutableRawPointer
    private let headers: CurlHeaders

    /// A handle for `request`, of which `transfer` gets the answer.
    ///
    /// The caller keeps `transfer` alive as long as the handle. Throws `badRequest`.
    static func make(
        _ request: HTTPRequest,
        for transfer: HTTPTransfer,
        _ configuration: CurlClient.Configuration
    ) throws(HTTPError) -> CurlEasy {
        guard let pointer = curl_easy_init() else {
            throw HTTPError(.overloaded, "libcurl has no memory for a transfer")
        }
        let easy = CurlEasy(owning: pointer, headers: request.headers)
        try easy.setConnection(configuration)
        try easy.setRequest(request)
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        try easy.set(CURLOPT_HEADERDATA, pointer: context)
        try easy.set(CURLOPT_WRITEDATA, pointer: context)
        try easy.set(CURLOPT_HEADERFUNCTION, callback: receiveHeadLine)
        try easy.set(CURLOPT_WRITEFUNCTION, callback: receiveBody)
        return easy
    }

    private init(owning pointer: UnsafeMutableRawPointer, headers: [String]) {
        self.pointer = pointer
        self.headers = CurlHeaders(headers)
    }

    deinit {
        curl_easy_cleanup(self.pointer)
    }

    /// Goes on after the body was paused.
    func resume() {
        curl_easy_pause(self.pointer, tapedeck_curl_pause_continue)
    }

    private func setConnection(_ configuration: CurlClient.Configuration) throws(HTTPError) {
        try self.set(CURLOPT_NOSIGNAL, 1)
        try self.set(CURLOPT_FOLLOWLOCATION, 0)
        try self.set(CURLOPT_PROTOCOLS_STR, "http,https")
        try self.set(CURLOPT_HTTP_VERSION, tapedeck_curl_http_1_1)
        try self.set(CURLOPT_SSL_VERIFYPEER, 1)
        try self.set(CURLOPT_SSL_VERIFYHOST, 2)
        try self.set(CURLOPT_TCP_KEEPALIVE, 1)
        try self.set(CURLOPT_USERAGENT, configuration.userAgent)
        try self.set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.wholeMilliseconds)
        try self.set(CURLOPT_LOW_SPEED_LIMIT, 1)
        try self.set(CURLOPT_LOW_SPEED_TIME, configuration.stallTimeout.wholeSeconds)
        if let path = configuration.certificateAuthorityFile {
            try self.set(CURLOPT_CAINFO, path)
        }
    }

    private func setRequest(_ request: HTTPRequest) throws(HTTPError) {
        try self.set(CURLOPT_URL, request.url)
        if let user = request.user {
            try self.set(CURLOPT_HTTPAUTH, tapedeck_curl_auth_basic)
            try self.set(CURLOPT_USERNAME, user)
            try self.set(CURLOPT_PASSWORD, "")
        }
        if let form = request.form {
            try self.set(CURLOPT_POSTFIELDSIZE, form.utf8.count)
            try self.set(CURLOPT_COPYPOSTFIELDS, form)
        }
        if let list = self.headers.pointer {
            try self.set(CURLOPT_HTTPHEADER, pointer: UnsafeMutableRawPointer(list))
        }
        if let deadline = request.deadline {
            try self.set(CURLOPT_TIMEOUT_MS, deadline.wholeMilliseconds)
        }
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPError) {
        try Self.check(tapedeck_curl_easy_set_long(self.pointer, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(HTTPError) {
        try Self.check(tapedeck_curl_easy_set_string(self.pointer, option, value))
    }

    private func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer) throws(HTTPError) {
        try Self.check(tapedeck_curl_easy_set_pointer(self.pointer, option, value))
    }

    private func set(_ option: CURLoption, callback: tapedeck_curl_data_callback) throws(HTTPError) {
        try Self.check(tapedeck_curl_easy_set_callback(self.pointer, option, callback))
    }

    private static func check(_ code: CURLcode) throws(HTTPError) {
        guard code != CURLE_OK else { return }
        throw HTTPError(.badRequest, "libcurl refused a setting: \(String(cString: curl_easy_strerror(code)))")
    }
}

/// A list of header lines, freed exactly once.
private struct CurlHeaders: ~Copyable {
    private(set) var pointer: UnsafeMutablePointer<curl_slist>?

    init(_ lines: [String]) {
        for line in lines {
            // Only a lack of memory answers nil; the list so far stays valid then.
            if let longer = curl_slist_append(self.pointer, line) { self.pointer = longer }
        }
    }

    deinit {
        curl_slist_free_all(self.pointer)
    }
}

extension Duration {
    /// Milliseconds, rounded up, so that a short time does not become 0, which means "for ever" to libcurl.
    fileprivate var wholeMilliseconds: Int {
        Int(self.components.seconds) * 1_000
            + Int((self.components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    fileprivate var wholeSeconds: Int {
        Int(self.components.seconds) + (self.components.attoseconds > 0 ? 1 : 0)
    }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> HTTPTransfer? {
    context.map { Unmanaged<HTTPTransfer>.fromOpaque($0).takeUnretainedValue() }
}

private func receiveHeadLine(
    _ data: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    let line = UnsafeRawBufferPointer(start: data, count: size * count)
    return transfer(context)?.receive(headLine: line) == true ? line.count : 0
}

private func receiveBody(
    _ data: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
    switch transfer(context)?.receive(bytes) {
    case .taken: return bytes.count
    case .pause: return tapedeck_curl_write_pause
    case .refuse, nil: return bytes.count == 0 ? 1 : 0
    }
}
