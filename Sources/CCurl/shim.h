#include <curl/curl.h>

// libcurl's setters take variable arguments, which Swift cannot call: one typed function for each type.

typedef size_t (*tapedeck_curl_data_callback)(char *data, size_t size, size_t count, void *context);

static inline CURLcode tapedeck_curl_easy_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode tapedeck_curl_easy_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode tapedeck_curl_easy_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode tapedeck_curl_easy_set_callback(
    CURL *easy, CURLoption option, tapedeck_curl_data_callback value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLMcode tapedeck_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static const long tapedeck_curl_global_all = CURL_GLOBAL_ALL;
static const long tapedeck_curl_auth_basic = CURLAUTH_BASIC;
static const long tapedeck_curl_http_1_1 = CURL_HTTP_VERSION_1_1;
static const size_t tapedeck_curl_write_pause = CURL_WRITEFUNC_PAUSE;
static const int tapedeck_curl_pause_continue = CURLPAUSE_CONT;
