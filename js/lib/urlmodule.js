(function (use, native) {
  const { URL, URLSearchParams } = use("url");
  const invalid = (message, code = "ERR_INVALID_ARG_TYPE") => Object.assign(new TypeError(message), { code });
  function fileURLToPath(url) {
    if (typeof url === "string") url = new URL(url);
    if (!(url instanceof URL)) throw invalid('The "path" argument must be of type string or an instance of URL.');
    if (url.protocol !== "file:") throw invalid("The URL must be of scheme file", "ERR_INVALID_URL_SCHEME");
    if (url.hostname !== "") throw invalid('File URL host must be "localhost" or empty', "ERR_INVALID_FILE_URL_HOST");
    if (/%2f/i.test(url.pathname)) throw invalid("File URL path must not include encoded / characters", "ERR_INVALID_FILE_URL_PATH");
    return decodeURIComponent(url.pathname);
  }
  function pathToFileURL(path) {
    const resolved = use("path").resolve(path) + (path.endsWith("/") && path !== "/" ? "/" : "");
    const url = new URL("file:///");
    url.pathname = resolved.replace(/[%\\\n\r\t]/g, (c) => encodeURIComponent(c));
    return url;
  }
  return { URL, URLSearchParams, fileURLToPath, pathToFileURL };
})
