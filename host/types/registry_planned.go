package types

// What the description of scripts promises and workers do not have yet. When a
// language gets one of these, the test that compares the registry with it fails
// until Planned is taken from its need here.

func http() Need {
	return Need{
		What: "HTTP", Grants: []string{"net"}, Planned: true,
		Lua: []Binding{
			{Name: "http.get", Signature: "(url: string, options?: HTTPOptions): HTTPResponse?, string?, string?", Doc: "Makes a GET request."},
			{Name: "http.post", Signature: "(url: string, body: string, options?: HTTPOptions): HTTPResponse?, string?, string?", Doc: "Makes a POST request."},
			{Name: "http.request", Signature: "(options: HTTPOptions): HTTPResponse?, string?, string?", Doc: "Makes a request."},
			{Name: "HTTPOptions", Doc: "What a request is.", Text: `---@class HTTPOptions
---@field url? string
---@field method? string
---@field headers? table<string, string|string[]>
---@field body? string
---@field timeout? number In seconds, for the response and its body together.
---@field redirect? "follow"|"error"|"manual"
---@field stream? boolean Whether the body is read in parts.
`},
			{Name: "HTTPResponse", Doc: "What came of a request.", Text: `---@class HTTPResponse
---@field status integer
---@field status_text string
---@field url string The last one.
---@field redirected boolean
---@field headers table<string, string>
---@field header_list string[][]
---@field body string
---@field read fun(self: HTTPResponse, ...: string|integer): any
---@field lines fun(self: HTTPResponse, ...: string|integer): fun(): any
---@field close fun(self: HTTPResponse)
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
type HeadersInit = Headers | [string, string][] | Record<string, string>;
`},
			{Name: "Request", Doc: "A request that can be made.", Text: `declare class Request {
  constructor(input: string | URL | Request, init?: RequestInit);
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly redirect: string;
  readonly signal: AbortSignal;
  clone(): Request;
}
interface Request extends Body {}
type BodyInit = string | Uint8Array | ArrayBuffer | URLSearchParams | ReadableBody;
interface RequestInit {
  method?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
  redirect?: 'follow' | 'error' | 'manual';
  signal?: AbortSignal | null;
  [ignored: string]: any;
}
interface BodyReader {
  read(): Promise<{ done: false; value: Uint8Array } | { done: true; value: undefined }>;
  cancel(reason?: any): Promise<void>;
  releaseLock(): void;
}
interface ReadableBody {
  readonly locked: boolean;
  getReader(): BodyReader;
  cancel(reason?: any): Promise<void>;
}
interface Body {
  readonly body: ReadableBody | null;
  readonly bodyUsed: boolean;
  text(): Promise<string>;
  json(): Promise<any>;
  bytes(): Promise<Uint8Array>;
  arrayBuffer(): Promise<ArrayBuffer>;
}
`},
			{Name: "Response", Doc: "What came of a request.", Text: `declare class Response {
  constructor(body?: BodyInit | null, init?: ResponseInit);
  static json(value: any, init?: ResponseInit): Response;
  static error(): Response;
  readonly status: number;
  readonly statusText: string;
  readonly ok: boolean;
  readonly headers: Headers;
  readonly url: string;
  readonly redirected: boolean;
  readonly type: string;
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

func texts() Need {
	return Need{
		What: "text and URLs", Planned: true,
		JS: []Binding{
			{Name: "TextEncoder", Doc: "Makes octets of text.", Text: "declare class TextEncoder {\n  readonly encoding: 'utf-8';\n  encode(text?: string): Uint8Array;\n  encodeInto(text: string, into: Uint8Array): { read: number; written: number };\n}\n"},
			{Name: "TextDecoder", Doc: "Makes text of octets.", Text: "declare class TextDecoder {\n  constructor(encoding?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });\n  readonly encoding: string;\n  readonly fatal: boolean;\n  readonly ignoreBOM: boolean;\n  decode(octets?: Uint8Array | ArrayBuffer | DataView, options?: { stream?: boolean }): string;\n}\n"},
			{Name: "URL", Doc: "A URL in its parts.", Text: `declare class URL {
  constructor(url: string | URL, base?: string | URL);
  static canParse(url: string | URL, base?: string | URL): boolean;
  static parse(url: string | URL, base?: string | URL): URL | null;
  hash: string;
  host: string;
  hostname: string;
  href: string;
  readonly origin: string;
  password: string;
  pathname: string;
  port: string;
  protocol: string;
  search: string;
  readonly searchParams: URLSearchParams;
  username: string;
  toJSON(): string;
  toString(): string;
}
`},
			{Name: "URLSearchParams", Doc: "The parameters of a URL.", Text: `declare class URLSearchParams {
  constructor(init?: string | URLSearchParams | Iterable<[string, string]> | Record<string, string>);
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string, value?: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  set(name: string, value: string): void;
  sort(): void;
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, self?: any): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
  toString(): string;
}
`},
			{Name: "structuredClone", Signature: "<T>(value: T, options?: { transfer?: any[] }): T", Doc: "A deep copy of a value."},
		},
	}
}

func octets() Need {
	return Need{
		What: "octets and base64", Planned: true,
		Lua: []Binding{
			{Name: "base64.encode", Signature: `(s: string, variant?: "std"|"url"): string`, Doc: "Base64 of octets, in the variant url without padding."},
			{Name: "base64.decode", Signature: `(s: string, variant?: "std"|"url"): string?, string?`, Doc: "The octets, or nil and why not."},
		},
		JS: []Binding{
			{Name: "Buffer", Doc: "Octets, with the methods of Node's.", Text: `interface Buffer extends Uint8Array {
  compare(other: Uint8Array): -1 | 0 | 1;
  copy(target: Uint8Array, targetStart?: number, start?: number, end?: number): number;
  equals(other: Uint8Array): boolean;
  toString(encoding?: BufferEncoding, start?: number, end?: number): string;
  write(text: string, encoding?: BufferEncoding): number;
  write(text: string, offset: number, encoding?: BufferEncoding): number;
}
declare const Buffer: {
  readonly prototype: Buffer;
  alloc(size: number, fill?: string | number | Uint8Array, encoding?: BufferEncoding): Buffer;
  allocUnsafe(size: number): Buffer;
  byteLength(value: string | Uint8Array | ArrayBuffer, encoding?: BufferEncoding): number;
  compare(a: Uint8Array, b: Uint8Array): -1 | 0 | 1;
  concat(list: readonly Uint8Array[], length?: number): Buffer;
  from(text: string, encoding?: BufferEncoding): Buffer;
  from(octets: Uint8Array | readonly number[] | ArrayBuffer, offset?: number, length?: number): Buffer;
  isBuffer(value: any): value is Buffer;
  isEncoding(name: string): name is BufferEncoding;
};
type BufferEncoding = 'utf8' | 'utf-8' | 'utf16le' | 'ucs2' | 'latin1' | 'binary' | 'ascii' | 'hex' | 'base64' | 'base64url';
`},
			{Name: "atob", Signature: "(base64: string): string", Doc: "The octets of base64, each as a character."},
			{Name: "btoa", Signature: "(octets: string): string", Doc: "The base64 of characters that stand for octets."},
		},
	}
}

func hashes() Need {
	n := Need{
		What: "ids and hashes", Planned: true,
		Lua: []Binding{
			{Name: "uuid", Signature: "(): string", Doc: "A random UUID, of version 4."},
			{Name: "hash.hmac", Signature: "(name: string, key: string, s: string, raw?: boolean): string", Doc: "The HMAC with the hash of that name."},
			{Name: "hash.new", Signature: "(name: string, key?: string): Hash", Doc: "A hash of what comes in pieces; with a key an HMAC."},
			{Name: "Hash", Doc: "What `hash.new` returns."},
			{Name: "Hash:update", Signature: "(s: string): Hash", Doc: "Adds octets."},
			{Name: "Hash:digest", Signature: "(raw?: boolean): string", Doc: "The hash of all so far."},
		},
		JS: []Binding{
			{Name: "crypto.randomUUID", Signature: "(): string", Doc: "A random UUID, of version 4."},
			{Name: "crypto.getRandomValues", Signature: "<T extends ArrayBufferView>(array: T): T", Doc: "Fills an array with random octets."},
			{Name: "crypto.createHash", Signature: "(name: string): Hash", Doc: "A hash of what comes in pieces."},
			{Name: "crypto.createHmac", Signature: "(name: string, key: string | Uint8Array): Hash", Doc: "An HMAC."},
			{Name: "Hash", Doc: "What `crypto.createHash` and `createHmac` return.", Text: "interface Hash {\n  update(data: string | Uint8Array, encoding?: string): Hash;\n  digest(): Uint8Array;\n  digest(encoding: string): string;\n}\n"},
		},
	}
	for _, name := range []string{"md5", "sha1", "sha256", "sha384", "sha512"} {
		n.Lua = append(n.Lua, Binding{Name: "hash." + name, Signature: "(s: string, raw?: boolean): string", Doc: "The hash in hexadecimal digits, or as octets."})
	}
	return n
}

func luaTime() Need {
	return Need{
		What: "time in fractions", Planned: true,
		Lua: []Binding{
			{Name: "time.now", Signature: "(): number", Doc: "Seconds since 1970, in UTC."},
			{Name: "time.monotonic", Signature: "(): number", Doc: "Seconds since some time in the past, which never go back."},
			{Name: "time.format", Signature: "(seconds: number, offset?: string): string", Doc: "A time as in RFC 3339."},
			{Name: "time.parse", Signature: "(text: string): number?, string", Doc: "The seconds and the offset of a time as in RFC 3339, or nil and why not."},
		},
		JS: []Binding{{Name: "performance.now", Signature: "(): number", Doc: "Milliseconds since the worker was started."}},
	}
}
