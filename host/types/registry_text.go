package types

// Text as octets, and URLs.

func texts() Need {
	return Need{
		What: "text in encodings", Tests: []string{"js TestEncoding", "js TestText"},
		JS: []Binding{
			{Name: "TextEncoder", Doc: "Makes octets of text.", Text: `declare class TextEncoder {
  readonly encoding: 'utf-8';
  encode(text?: string): Uint8Array;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}
`},
			{Name: "TextDecoder", Doc: "Makes text of octets in UTF-8, UTF-16 or windows-1252.", Text: `declare class TextDecoder {
  constructor(encoding?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(octets?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}
`},
			module("string_decoder", "Makes text of octets that come in pieces.", `  export class StringDecoder {
    constructor(encoding?: BufferEncoding);
    readonly encoding: BufferEncoding;
    write(octets: string | ArrayBufferView): string;
    end(octets?: string | ArrayBufferView): string;
  }
`),
		},
	}
}

func urls() Need {
	return Need{
		What: "URLs", Tests: []string{"js TestURL", "js TestURLErrors", "js TestURLSearchParams", "js TestSmallModules"},
		JS: []Binding{
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
			module("url", "The same classes, and URLs of files.", `  import URL_ = globalThis.URL;
  import URLSearchParams_ = globalThis.URLSearchParams;
  export { URL_ as URL, URLSearchParams_ as URLSearchParams };
  export function fileURLToPath(url: string | URL_): string;
  export function pathToFileURL(path: string): URL_;
`),
			module("querystring", "The parameters of a URL as an object.", `  export function parse(text: string, separator?: string, equals?: string, options?: { decodeURIComponent?: (text: string) => string; maxKeys?: number }): { [name: string]: string | string[] | undefined };
  export function stringify(values: object, separator?: string, equals?: string, options?: { encodeURIComponent?: (text: string) => string }): string;
  export function escape(text: string): string;
  export function unescape(text: string): string;
  export const decode: typeof parse;
  export const encode: typeof stringify;
`),
		},
	}
}
