import CCurl

/// libcurl's multi handle, freed exactly once.
///
/// `@unchecked Sendable`: everything is called on libcurl's thread, save `wakeUp()`, which libcurl allows from any thread
/// for as long as the handle exists; whoever holds the owner keeps it in existence.
struct CurlMulti: ~Copyable, @unchecked Sendable {
    private let pointer: UnsafeMutableRawPointer

    /// Throws `overloaded` when libcurl cannot be set up.
    init(connectionsMax: Int) throws(HTTPError) {
        guard isLibraryReady, let pointer = curl_multi_init() else {
            throw HTTPError(.overloaded, "libcurl could not be set up")
        }
        self.pointer = pointer
        tapedeck_curl_multi_set_long(pointer, CURLMOPT_MAX_TOTAL_CONNECTIONS, connectionsMax)
        tapedeck_curl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, connectionsMax)
    }

    deinit {
        curl_multi_cleanup(self.pointer)
    }

    /// Makes a `poll` return that runs now or next.
    func wakeUp() {
        curl_multi_wakeup(self.pointer)
    }

    /// Begins a transfer; throws `badRequest`.
    func add(_ easy: borrowing CurlEasy) throws(HTTPError) {
        let code = curl_multi_add_handle(self.pointer, easy.pointer)
        guard code == CURLM_OK else { throw Self.error(code) }
    }

    /// Ends a transfer; its connection is closed unless the answer was complete.
    func remove(_ easy: borrowing CurlEasy) {
        curl_multi_remove_handle(self.pointer, easy.pointer)
    }

    /// Does what can be done without waiting.
    func perform() throws(HTTPError) {
        var running: Int32 = 0
        let code = curl_multi_perform(self.pointer, &running)
        guard code == CURLM_OK else { throw Self.error(code) }
    }

    /// Waits for something to do, at most `milliseconds`.
    func poll(milliseconds: Int32) throws(HTTPError) {
        let code = curl_multi_poll(self.pointer, nil, 0, milliseconds, nil)
        guard code == CURLM_OK else { throw Self.error(code) }
    }

    /// A transfer that has ended since the last call, and how, or nil.
    func nextEnded() -> (easy: UnsafeMutableRawPointer, outcome: Result<Void, HTTPError>)? {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(self.pointer, &remaining)?.pointee {
            guard message.msg == CURLMSG_DONE, let easy = message.easy_handle else { continue }
            return (easy, Self.outcome(message.data.result))
        }
        return nil
    }

    private static func error(_ code: CURLMcode) -> HTTPError {
        HTTPError(.badRequest, "libcurl: \(String(cString: curl_multi_strerror(code)))")
    }

    private static func outcome(_ code: CURLcode) -> Result<Void, HTTPError> {
        let kind: HTTPError.Code
        switch code {
        case CURLE_OK: return .success(())
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: kind = .unreachable
        case CURLE_OPERATION_TIMEDOUT: kind = .timedOut
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER:
            kind = .insecure
        case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING: kind = .cut
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT: kind = .badRequest
        default: kind = .malformed
        }
        return .failure(HTTPError(kind, String(cString: curl_easy_strerror(code))))
    }
}

/// Sets up libcurl once in the process.
private let isLibraryReady = curl_global_init(tapedeck_curl_global_all) == CURLE_OK
