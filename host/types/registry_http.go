package types

// Requests over the network.

func http() Need {
	return Need{
		What: "HTTP", Grants: []string{"net"},
		Tests: []string{"enginetest http", "lua TestHTTP", "lua TestHTTPBadRequests", "js TestFetch", "js TestFetchErrors", "js TestStreams", "host TestHTTP"},
		Lua: []Binding{
			{Name: "http.get", Signature: "(url: string, options?: HTTPOptions): HTTPResponse?, string?, string?", Doc: "Makes a GET request. What fails on the network is nil, a message and a code."},
			{Name: "http.post", Signature: "(url: string, body: string, options?: HTTPOptions): HTTPResponse?, string?, string?", Doc: "Makes a POST request."},
			{Name: "http.request", Signature: "(options: HTTPRequest): HTTPResponse?, string?, string?", Doc: "Makes a request, of the method GET unless it says another."},
			{Name: "HTTPOptions", Doc: "How a request is made.", Text: `---@class HTTPOptions
---@field headers? table<string, string|number|string[]>
---@field timeout? number In seconds, for the response and its body together.
---@field redirect? "follow"|"error"|"manual"
---@field stream? boolean Whether the body is read in parts.
`},
			{Name: "HTTPRequest", Doc: "What a request is, and how it is made.", Text: `---@class HTTPRequest: HTTPOptions
---@field url string
---@field method? string
---@field body? string
`},
			{Name: "HTTPResponse", Doc: "What came of a request.", Text: `---@class HTTPResponse
---@field status integer
---@field status_text string
---@field url string The last one.
---@field redirected boolean
---@field headers table<string, string> Found by names in capitals, too.
---@field header_list string[][] Of each its name and its value.
---@field body? string All of it; not there with stream.
---@field read fun(self: HTTPResponse, ...: string|integer): any With stream only, like the next ones. Nil, a message and a code if it fails.
---@field lines fun(self: HTTPResponse, ...: string|integer): fun(): any
---@field close fun(self: HTTPResponse): boolean
`},
		},
		JS: []Binding{
			{Name: "fetch", Signature: "(input: string | URL | Request, init?: RequestInit): Promise<Response>", Doc: "Makes a request."},
			{Name: "Headers", Doc: "The headers of a request or a response.", Text: `declare class Headers {
  constructor(init?: HeadersInit);
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  getSetCookie(): string[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: any): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}
type HeadersInit = Headers | Iterable<[string, string]> | Record<string, string>;
`},
			{Name: "Request", Doc: "A request that can be made.", Text: `declare class Request {
  constructor(input: string | URL | Request, init?: RequestInit);
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly redirect: 'follow' | 'error' | 'manual';
  readonly signal: AbortSignal;
  clone(): Request;
}
interface Request extends Body {}
interface RequestInit {
  method?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
  redirect?: 'follow' | 'error' | 'manual';
  signal?: AbortSignal | null;
  /** This and what follows mean nothing here. */
  cache?: string;
  credentials?: string;
  duplex?: string;
  keepalive?: boolean;
  mode?: string;
  referrer?: string;
  referrerPolicy?: string;
}
type BodyInit = string | ArrayBuffer | ArrayBufferView | URLSearchParams | ReadableBody;
interface Body {
  readonly body: ReadableBody | null;
  readonly bodyUsed: boolean;
  text(): Promise<string>;
  json(): Promise<any>;
  bytes(): Promise<Uint8Array>;
  arrayBuffer(): Promise<ArrayBuffer>;
}
interface ReadableBody {
  readonly locked: boolean;
  getReader(): BodyReader;
  cancel(): Promise<void>;
  tee(): [ReadableBody, ReadableBody];
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array>;
}
interface BodyReader {
  read(): Promise<{ done: false; value: Uint8Array } | { done: true; value: undefined }>;
  cancel(): Promise<void>;
  releaseLock(): void;
}
`},
			{Name: "Response", Doc: "What came of a request.", Text: `declare class Response {
  constructor(body?: BodyInit | null, init?: ResponseInit);
  static json(value: any, init?: ResponseInit): Response;
  readonly status: number;
  readonly statusText: string;
  readonly ok: boolean;
  readonly headers: Headers;
  readonly url: string;
  readonly redirected: boolean;
  readonly type: 'basic' | 'default';
  clone(): Response;
}
interface Response extends Body {}
interface ResponseInit {
  status?: number;
  statusText?: string;
  headers?: HeadersInit;
}
`},
		},
	}
}
