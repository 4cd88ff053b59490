package types

import (
	"fmt"
	"strings"
)

// What JavaScript has of the web's.

func cancelling() Need {
	return Need{
		What: "cancellation", Tests: []string{"enginetest cancel", "js TestAbortSignal"},
		JS: []Binding{
			{Name: "AbortController", Doc: "Makes a signal, and has it fire.",
				Text: "declare class AbortController {\n  readonly signal: AbortSignal;\n  abort(reason?: any): void;\n}\n"},
			{Name: "AbortSignal", Doc: "Tells that something is to be given up: a call (`done.signal`), or what a script makes signals for.",
				Text: `declare class AbortSignal extends EventTarget {
  private constructor();
  static abort(reason?: any): AbortSignal;
  static timeout(ms: number): AbortSignal;
  static any(signals: Iterable<AbortSignal>): AbortSignal;
  readonly aborted: boolean;
  readonly reason: any;
  onabort: ((this: AbortSignal, event: Event) => any) | null;
  throwIfAborted(): void;
}
`},
		},
	}
}

func targets() Need {
	return Need{
		What: "events of objects", Tests: []string{"js TestEventTarget", "js TestEventsModule"},
		JS: []Binding{
			{Name: "EventTarget", Doc: "What has listeners for events, as the web has it.", Text: `declare class EventTarget {
  addEventListener(type: string, listener: EventListener | null, options?: boolean | { capture?: boolean; once?: boolean; signal?: AbortSignal }): void;
  removeEventListener(type: string, listener: EventListener | null, options?: boolean | { capture?: boolean }): void;
  /** Whether nothing has prevented the default. */
  dispatchEvent(event: Event): boolean;
}
type EventListener = ((event: any) => any) | { handleEvent(event: any): any };
`},
			{Name: "Event", Doc: "What listeners get.", Text: `declare class Event {
  constructor(type: string, init?: EventInit);
  readonly type: string;
  readonly target: EventTarget | null;
  readonly srcElement: EventTarget | null;
  readonly currentTarget: EventTarget | null;
  readonly eventPhase: number;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly composed: boolean;
  readonly defaultPrevented: boolean;
  readonly returnValue: boolean;
  readonly cancelBubble: boolean;
  readonly isTrusted: false;
  readonly timeStamp: number;
  composedPath(): EventTarget[];
  preventDefault(): void;
  stopPropagation(): void;
  stopImmediatePropagation(): void;
` + constants("NONE", 0, "CAPTURING_PHASE", 1, "AT_TARGET", 2, "BUBBLING_PHASE", 3) + `}
interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}
`},
			{Name: "CustomEvent", Doc: "An event with something of the script's.", Text: `declare class CustomEvent<T = any> extends Event {
  constructor(type: string, init?: EventInit & { detail?: T });
  readonly detail: T;
}
`},
			module("events", "What has listeners for events, as Node has it.", `  import self = require('events');
  class EventEmitter {
    constructor(options?: object);
    static defaultMaxListeners: number;
    static readonly errorMonitor: unique symbol;
    static readonly captureRejectionSymbol: unique symbol;
    static readonly usingDomains: false;
    static init(this: object): void;
    /** The arguments of the next event of that name; rejected if it is error that comes. */
    static once(emitter: EventEmitter | EventTarget, name: string | symbol, options?: { signal?: AbortSignal }): Promise<any[]>;
    static listenerCount(emitter: EventEmitter, name: string | symbol): number;
    static getEventListeners(emitter: EventEmitter, name: string | symbol): Function[];
    static setMaxListeners(n: number, ...emitters: EventEmitter[]): void;
    on(name: string | symbol, listener: (...args: any[]) => any): this;
    once(name: string | symbol, listener: (...args: any[]) => any): this;
    off(name: string | symbol, listener: (...args: any[]) => any): this;
    addListener(name: string | symbol, listener: (...args: any[]) => any): this;
    removeListener(name: string | symbol, listener: (...args: any[]) => any): this;
    removeAllListeners(name?: string | symbol): this;
    prependListener(name: string | symbol, listener: (...args: any[]) => any): this;
    prependOnceListener(name: string | symbol, listener: (...args: any[]) => any): this;
    /** Whether there is a listener. */
    emit(name: string | symbol, ...args: any[]): boolean;
    listeners(name: string | symbol): Function[];
    rawListeners(name: string | symbol): Function[];
    listenerCount(name: string | symbol, listener?: Function): number;
    eventNames(): (string | symbol)[];
    setMaxListeners(n: number): this;
    getMaxListeners(): number;
  }
  namespace EventEmitter {
    export { self as EventEmitter };
  }
  export = EventEmitter;
`),
		},
	}
}

// constants are members of a class and of what it makes.
func constants(namesAndValues ...any) string {
	var b strings.Builder
	for _, static := range []string{"", "static "} {
		for i := 0; i < len(namesAndValues); i += 2 {
			fmt.Fprintf(&b, "  %sreadonly %s: %d;\n", static, namesAndValues[i], namesAndValues[i+1])
		}
	}
	return b.String()
}

func values() Need {
	return Need{
		What: "copies and errors as the web has them", Tests: []string{"js TestStructuredClone", "js TestDOMException", "js TestLibraryGlobals", "js TestCaptureStackTrace"},
		JS: []Binding{
			{Name: "structuredClone", Signature: "<T>(value: T, options?: { transfer?: ArrayBuffer[] }): T", Doc: "A deep copy of a value, circles included."},
			{Name: "DOMException", Doc: "An error with one of the web's names.", Text: `declare class DOMException extends Error {
  constructor(message?: string, nameOrOptions?: string | { name?: string; cause?: any });
  readonly name: string;
  readonly code: number;
` + constants("INDEX_SIZE_ERR", 1, "HIERARCHY_REQUEST_ERR", 3, "WRONG_DOCUMENT_ERR", 4, "INVALID_CHARACTER_ERR", 5,
				"NO_MODIFICATION_ALLOWED_ERR", 7, "NOT_FOUND_ERR", 8, "NOT_SUPPORTED_ERR", 9, "IN_USE_ATTRIBUTE_ERR", 10,
				"INVALID_STATE_ERR", 11, "SYNTAX_ERR", 12, "INVALID_MODIFICATION_ERR", 13, "NAMESPACE_ERR", 14,
				"INVALID_ACCESS_ERR", 15, "TYPE_MISMATCH_ERR", 17, "SECURITY_ERR", 18, "NETWORK_ERR", 19, "ABORT_ERR", 20,
				"URLMISMATCH_ERR", 21, "QUOTA_EXCEEDED_ERR", 22, "TIMEOUT_ERR", 23, "INVALID_NODE_TYPE_ERR", 24, "DATA_CLONE_ERR", 25) + "}\n"},
			{Name: "Error.captureStackTrace", Doc: "Gives an object a stack, as Errors have one.",
				Text: "interface ErrorConstructor {\n  captureStackTrace(target: object, above?: Function): void;\n}\n"},
			{Name: "Symbol.asyncIterator", Standard: true, Doc: "The name of the method for `for await`."},
			{Name: "Symbol.dispose", Doc: "The names of the methods for `using` and `await using`, which the bundler knows.", Text: "interface SymbolConstructor {\n  readonly dispose: unique symbol;\n  readonly asyncDispose: unique symbol;\n}\n"},
		},
	}
}
