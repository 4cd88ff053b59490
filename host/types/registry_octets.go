package types

import (
	"fmt"
	"strings"
)

// Octets, and what is computed of them.

func octets() Need {
	return Need{
		What:  "octets and base64",
		Tests: []string{"lua TestBase64", "lua TestBase64RoundTrip", "js TestBuffer", "js TestBufferIsOctets", "js TestOctetsHostile", "js TestEncoding"},
		Lua: []Binding{
			{Name: "base64.encode", Signature: `(s: string, variant?: "std"|"url"): string`, Doc: "Base64 of octets, in the variant url without padding."},
			{Name: "base64.decode", Signature: `(s: string, variant?: "std"|"url"): string?, string?`, Doc: "The octets, or nil and why not."},
		},
		JS: []Binding{
			{Name: "Buffer", Doc: "Octets, with the methods of Node's.", Text: "interface Buffer extends Uint8Array {\n" + bufferMethods + numberMethods() + "}\n" + bufferText},
			module("buffer", "The same, and what belongs to it.", `  import Buffer_ = globalThis.Buffer;
  export { Buffer_ as Buffer };
  export function SlowBuffer(size: number): Buffer_;
  export function atob(base64: string): string;
  export function btoa(octets: string): string;
  export function isUtf8(octets: ArrayBuffer | ArrayBufferView): boolean;
  export function isAscii(octets: ArrayBuffer | ArrayBufferView): boolean;
  export const constants: { MAX_LENGTH: number; MAX_STRING_LENGTH: number };
  export const kMaxLength: number;
  export const kStringMaxLength: number;
  export const INSPECT_MAX_BYTES: number;
`),
			{Name: "atob", Signature: "(base64: string): string", Doc: "The octets of base64, each as a character."},
			{Name: "btoa", Signature: "(octets: string): string", Doc: "The base64 of characters that stand for octets."},
		},
	}
}

// slice has the type that it has in Uint8Array as well, which depends on the
// version of TypeScript.
const bufferMethods = `  compare(other: Uint8Array, otherStart?: number, otherEnd?: number, start?: number, end?: number): -1 | 0 | 1;
  copy(target: Uint8Array, targetStart?: number, start?: number, end?: number): number;
  equals(other: Uint8Array): boolean;
  fill(value: string | number | ArrayBufferView, offset?: number, end?: number, encoding?: BufferEncoding): this;
  fill(value: string, encoding: BufferEncoding): this;
  fill(value: string, offset: number, encoding: BufferEncoding): this;
  includes(value: string | number | Uint8Array, from?: number | BufferEncoding, encoding?: BufferEncoding): boolean;
  indexOf(value: string | number | Uint8Array, from?: number | BufferEncoding, encoding?: BufferEncoding): number;
  lastIndexOf(value: string | number | Uint8Array, from?: number | BufferEncoding, encoding?: BufferEncoding): number;
  subarray(start?: number, end?: number): Buffer;
  /** Unlike that of a Uint8Array it shares its memory. */
  slice(start?: number, end?: number): Buffer & ReturnType<Uint8Array['slice']>;
  swap16(): this;
  swap32(): this;
  swap64(): this;
  toJSON(): { type: 'Buffer'; data: number[] };
  toString(encoding?: BufferEncoding, start?: number, end?: number): string;
  write(text: string, encoding?: BufferEncoding): number;
  write(text: string, offset: number, encoding?: BufferEncoding): number;
  write(text: string, offset: number, length: number, encoding?: BufferEncoding): number;
  readonly parent: ArrayBuffer;
  readonly offset: number;
`

const bufferText = `declare const Buffer: {
  readonly prototype: Buffer;
  /** @deprecated Use from or alloc. */
  new (value: any, encodingOrOffset?: any, length?: number): Buffer;
  /** @deprecated Use from or alloc. */
  (value: any, encodingOrOffset?: any, length?: number): Buffer;
  alloc(size: number, fill?: string | number | ArrayBufferView, encoding?: BufferEncoding): Buffer;
  /** Its octets are 0, as those of alloc. */
  allocUnsafe(size: number): Buffer;
  allocUnsafeSlow(size: number): Buffer;
  byteLength(value: string | ArrayBuffer | ArrayBufferView, encoding?: BufferEncoding): number;
  compare(a: Uint8Array, b: Uint8Array): -1 | 0 | 1;
  concat(list: readonly Uint8Array[], length?: number): Buffer;
  from(text: string, encoding?: BufferEncoding): Buffer;
  from(buffer: ArrayBuffer, offset?: number, length?: number): Buffer;
  from(octets: ArrayLike<number> | { readonly type: 'Buffer'; readonly data: readonly number[] }): Buffer;
  of(...octets: number[]): Buffer;
  isBuffer(value: any): value is Buffer;
  isEncoding(name: any): name is BufferEncoding;
  poolSize: number;
};
type BufferEncoding = 'utf8' | 'utf-8' | 'utf16le' | 'utf-16le' | 'ucs2' | 'ucs-2' | 'latin1' | 'binary' | 'ascii' | 'hex' | 'base64' | 'base64url';
`

// numberMethods are those of a Buffer that read and write numbers. Those of whole
// numbers without a sign have two names.
func numberMethods() string {
	var b strings.Builder
	add := func(kinds []string, suffix, typ, width string) {
		for _, kind := range kinds {
			before := ""
			if width != "" {
				before = ", "
			}
			offset := "offset?: number"
			if width != "" {
				offset = "offset: number"
			}
			fmt.Fprintf(&b, "  read%s(%s%s): %s;\n", kind+suffix, offset, before+width, typ)
			fmt.Fprintf(&b, "  write%s(value: %s, %s%s): number;\n", kind+suffix, typ, offset, before+width)
		}
	}
	whole := []string{"UInt", "Uint", "Int"}
	add(whole, "8", "number", "")
	for _, order := range []string{"LE", "BE"} {
		add(whole, "16"+order, "number", "")
		add(whole, "32"+order, "number", "")
		add(whole, order, "number", "byteLength: number")
		add([]string{"BigUInt", "BigUint", "BigInt"}, "64"+order, "bigint", "")
		add([]string{"Float", "Double"}, order, "number", "")
	}
	return b.String()
}

func hashes() Need {
	n := Need{
		What:  "ids, random octets and hashes",
		Tests: []string{"enginetest seed", "lua TestUUID", "lua TestHash", "lua TestHashBadInput", "js TestCrypto"},
		Lua: []Binding{
			{Name: "uuid", Signature: "(): string", Doc: "A random UUID, of version 4."},
			{Name: "hash.hmac", Signature: "(name: HashName, key: string, s: string, raw?: boolean): string", Doc: "The HMAC with the hash of that name."},
			{Name: "hash.new", Signature: "(name: HashName, key?: string): Hash", Doc: "A hash of what comes in pieces; with a key an HMAC."},
			{Name: "HashName", Doc: "The names of hashes.", Text: "---@alias HashName \"md5\"|\"sha1\"|\"sha256\"|\"sha384\"|\"sha512\"\n"},
			{Name: "Hash", Doc: "What `hash.new` returns."},
			{Name: "Hash:update", Signature: "(s: string): Hash", Doc: "Adds octets."},
			{Name: "Hash:digest", Signature: "(raw?: boolean): string", Doc: "The hash of all so far."},
		},
		JS: []Binding{
			{Name: "crypto", Doc: "Hashes and random octets, of Node's module and of the web's object.", Text: `declare namespace crypto {
  /** A random UUID, of version 4. */
  function randomUUID(): string;
  function randomBytes(size: number): Buffer;
  function randomBytes(size: number, callback: (error: null, octets: Buffer) => any): void;
  function randomFillSync<T extends ArrayBufferView>(view: T, offset?: number, size?: number): T;
  /** A whole number from low, or 0, to below high. */
  function randomInt(high: number): number;
  function randomInt(low: number, high: number): number;
  function randomInt(high: number, callback: (error: null, n: number) => any): void;
  function randomInt(low: number, high: number, callback: (error: null, n: number) => any): void;
  /** Fills at most 65,536 octets. */
  function getRandomValues<T extends ArrayBufferView>(view: T): T;
  /** The names are md5, sha1, sha224, sha256, sha384 and sha512. */
  function createHash(name: string): Hash;
  function createHmac(name: string, key: string | ArrayBuffer | ArrayBufferView, options?: { encoding?: BufferEncoding }): Hmac;
  function hash(name: string, data: string | ArrayBufferView, encoding?: BufferEncoding): string;
  function getHashes(): string[];
  function timingSafeEqual(a: ArrayBuffer | ArrayBufferView, b: ArrayBuffer | ArrayBufferView): boolean;
  class Hash {
    private constructor();
    update(data: string | ArrayBufferView, encoding?: BufferEncoding): this;
    digest(): Buffer;
    digest(encoding: BufferEncoding): string;
    copy(): Hash;
  }
  class Hmac {
    private constructor();
    update(data: string | ArrayBufferView, encoding?: BufferEncoding): this;
    digest(): Buffer;
    digest(encoding: BufferEncoding): string;
  }
  const webcrypto: typeof crypto;
}
`},
			module("crypto", "The same.", "  export = crypto;\n"),
		},
	}
	for _, name := range []string{"md5", "sha1", "sha256", "sha384", "sha512"} {
		n.Lua = append(n.Lua, Binding{Name: "hash." + name, Signature: "(s: string, raw?: boolean): string", Doc: "The hash in hexadecimal digits, or as octets."})
	}
	return n
}
