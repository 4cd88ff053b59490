package types

// What calls and their answers are made with.

func answering() Need {
	return Need{
		What: "answering a call", Tests: []string{"enginetest results", "enginetest done", "enginetest async", "js TestResults"},
		Lua: []Binding{
			{Name: "Done", Shown: "done", Doc: "Answers a call in the async mode: `done(a, b)`. It is the function's first argument.",
				Text: "---@class Done\n---@overload fun(...: any)\n---@field fail fun(err: any) Fails the call.\n---@field event fun(...: any) Sends an event of the call.\n---@field cancelled fun(): boolean Whether the call was cancelled.\n"},
		},
		JS: []Binding{
			{Name: "results", Signature: "(...values: any[]): Results", Doc: "Several results of a call, to be returned: `return results(a, b)`."},
			{Name: "Results", Doc: "What results returns.", Text: "interface Results {\n  readonly length: number;\n  readonly [index: number]: any;\n}\n"},
			{Name: "Done", Shown: "done", Doc: "Answers a call in the async mode: `done(a, b)`. It is the function's first argument.",
				Text: "interface Done {\n  (...results: any[]): void;\n  /** Fails the call. */\n  fail(error: any): void;\n  /** Sends an event of the call. */\n  event(...values: any[]): void;\n  /** Whether the call was cancelled. */\n  cancelled(): boolean;\n  /** Fires when the call is cancelled. */\n  readonly signal: AbortSignal;\n}\n"},
		},
	}
}

func events() Need {
	const doc = "Sends an event: of the call that runs in the sync mode, of no call in the async one."
	return Need{
		What: "events", Tests: []string{"enginetest events"},
		Lua: []Binding{{Name: "event", Signature: "(...: any)", Doc: doc}},
		JS:  []Binding{{Name: "event", Signature: "(...values: any[]): void", Doc: doc}},
	}
}

func hostFunctions() Need {
	return Need{
		What: "the caller's Go functions", Tests: []string{"enginetest host", "enginetest hosterrors"},
		Lua: []Binding{{Name: "host", Doc: "The functions that the program registered which runs the worker.", Text: hostText}},
		JS:  []Binding{{Name: "host", Doc: "The functions that the program registered which runs the worker.", Text: hostText}},
	}
}

// hostText stands for what is written of the functions of a program.
const hostText = "\x00"

func logging() Need {
	lua := []Binding{{Name: "print", Standard: true, Doc: "Makes a log record, of the level info."}}
	var js []Binding
	for _, level := range []string{"debug", "info", "warn", "error"} {
		doc := "Makes a log record of the level " + level + ", with fields beside its message."
		lua = append(lua, Binding{Name: "log." + level, Signature: "(message: any, fields?: table<string, any>)", Doc: doc})
		js = append(js, Binding{Name: "log." + level, Signature: "(message: any, fields?: object): void", Doc: doc})
	}
	for _, level := range []string{"debug", "log", "info", "warn", "error"} {
		shown := level
		if level == "log" {
			shown = "info"
		}
		js = append(js, Binding{Name: "console." + level, Signature: "(...values: any[]): void", Doc: "Makes a log record of the level " + shown + ". The first value can have %s, %d, %i, %f, %j, %o, %O and %c."})
	}
	js = append(js, []Binding{
		{Name: "console.assert", Signature: "(condition?: any, ...values: any[]): void", Doc: "Logs the values as an error unless the condition holds."},
		{Name: "console.dir", Signature: "(value?: any): void", Doc: "Logs a value as `console.log` shows what is inside objects."},
		{Name: "console.dirxml", Signature: "(...values: any[]): void", Doc: "The same as `console.log`."},
		{Name: "console.trace", Signature: "(...values: any[]): void", Doc: "Logs the values and where in the script this is, as debug."},
		{Name: "console.table", Signature: "(data?: any, columns?: string[]): void", Doc: "Logs what is in an array, an object, a Map or a Set as a table."},
		{Name: "console.group", Signature: "(...values: any[]): void", Doc: "Logs the values, and indents what follows."},
		{Name: "console.groupCollapsed", Signature: "(...values: any[]): void", Doc: "The same as `console.group`."},
		{Name: "console.groupEnd", Signature: "(): void", Doc: "Ends a group."},
		{Name: "console.count", Signature: "(label?: string): void", Doc: "Logs how often it was called with that label."},
		{Name: "console.countReset", Signature: "(label?: string): void", Doc: "Has the count begin anew."},
		{Name: "console.time", Signature: "(label?: string): void", Doc: "Begins to measure time."},
		{Name: "console.timeLog", Signature: "(label?: string, ...values: any[]): void", Doc: "Logs the time since `console.time`, and the values."},
		{Name: "console.timeEnd", Signature: "(label?: string): void", Doc: "Logs that time for the last time."},
	}...)
	return Need{What: "log", Tests: []string{"enginetest logs", "lua TestLog", "js TestConsole", "js TestConsoleHelpers", "js TestInspect"}, Lua: lua, JS: js}
}

func timers() Need {
	const callback = "(callback: (...args: any[]) => any, ms?: number, ...args: any[]): number"
	return Need{
		What: "timers", Tests: []string{"enginetest timers", "enginetest waiting", "enginetest clock", "lua TestSleep", "js TestTimers", "js TestSmallModules"},
		Lua: []Binding{
			{Name: "sleep", Signature: "(seconds: number)", Doc: "Waits. In the async mode other calls run meanwhile."},
			{Name: "timer.after", Signature: "(seconds: number, fn: fun()): Timer", Doc: "Calls a function once, after that time."},
			{Name: "timer.every", Signature: "(seconds: number, fn: fun()): Timer", Doc: "Calls a function again and again, each time so long after it has returned."},
			{Name: "Timer", Doc: "What `timer.after` and `timer.every` return."},
			{Name: "Timer:cancel", Signature: "()", Doc: "Ends the timer. It may have fired."},
		},
		JS: []Binding{
			{Name: "setTimeout", Signature: callback, Doc: "Calls a function once, after that many milliseconds (at least 1)."},
			{Name: "setInterval", Signature: callback, Doc: "Calls a function again and again."},
			{Name: "setImmediate", Signature: "(callback: (...args: any[]) => any, ...args: any[]): number", Doc: "Calls a function as soon as the code that runs has returned."},
			{Name: "clearTimeout", Signature: "(timer?: number | null): void", Doc: "Ends a timer. It may have fired."},
			{Name: "clearInterval", Signature: "(timer?: number | null): void", Doc: "Ends a timer."},
			{Name: "clearImmediate", Signature: "(timer?: number | null): void", Doc: "Ends a timer."},
			{Name: "queueMicrotask", Signature: "(callback: () => any): void", Doc: "Calls a function when the code that runs has returned, before anything else."},
			module("timers", "The same functions.", timersText),
			module("timers/promises", "The same, with promises.", `  export function setTimeout<T = void>(ms?: number, value?: T, options?: { signal?: AbortSignal }): Promise<T>;
  export function setImmediate<T = void>(value?: T, options?: { signal?: AbortSignal }): Promise<T>;
  export const scheduler: {
    wait(ms?: number, options?: { signal?: AbortSignal }): Promise<void>;
    yield(): Promise<void>;
  };
`),
		},
	}
}

const timersText = `  export const setTimeout: typeof globalThis.setTimeout;
  export const setInterval: typeof globalThis.setInterval;
  export const setImmediate: typeof globalThis.setImmediate;
  export const clearTimeout: typeof globalThis.clearTimeout;
  export const clearInterval: typeof globalThis.clearInterval;
  export const clearImmediate: typeof globalThis.clearImmediate;
  export const promises: typeof import('timers/promises');
`

const vmText = `  export interface ScriptOptions {
    /** What positions call it. */
    filename?: string;
    /** 0 or less: how much of its first line positions do not count. */
    columnOffset?: number;
  }
  export class Script {
    constructor(code: string, options?: string | ScriptOptions);
    runInThisContext(): any;
  }
  export function runInThisContext(code: string, options?: string | ScriptOptions): any;
`

func modules() Need {
	return Need{
		What: "libraries and modules", Tests: []string{"enginetest load", "enginetest modules", "lua TestRequire", "lua TestRequireErrors", "js TestRequire", "js TestRequireAsNode", "js TestRequireErrors", "js TestVMModule", "host TestModules"},
		Lua: []Binding{
			{Name: "require", Standard: true, Doc: "What a file of the script's returns, or a library."},
			{Name: "package.searchpath", Signature: "(name: string, path: string, separator?: string, replacement?: string): string?, string?", Doc: "The file of a module, or nil and where it was looked for."},
			{Name: "dofile", Standard: true, Doc: "Runs a file of the script's."}, {Name: "loadfile", Standard: true, Doc: "Loads a file of the script's."},
		},
		JS: []Binding{
			module("vm", "Text that is run among the globals, as a script of its own.", vmText),
			{Name: "require", Doc: "What a file of the script's, a package or a module of that name exports.", Text: `interface Require {
  (module: string): any;
  /** The file of a module; of one that is built in its name. */
  resolve(module: string): string;
  /** The modules that were loaded, by their files. */
  readonly cache: { [file: string]: Module };
  /** That of the script. */
  readonly main: Module;
}
declare const require: Require;
`},
			{Name: "module", Doc: "`module.exports` is what the file exports.", Text: `interface Module {
  exports: any;
  readonly id: string;
  readonly filename: string;
  readonly path: string;
}
declare const module: Module;
`},
			{Name: "exports", Signature: ": any", Doc: "`module.exports`, as it is at first."},
			{Name: "__filename", Signature: ": string", Doc: "The name of the file."},
			{Name: "__dirname", Signature: ": string", Doc: "The folder that it is in."},
			{Name: "global", Signature: ": typeof globalThis", Doc: "The same as `globalThis`."},
		},
	}
}

func aboutWorker() Need {
	const pid, name, mode, retire = "The id of the worker's process, where that is.", "The name of the script.", "`sync` or `async`.",
		"Asks for no more calls: the worker ends when it has answered those that it has."
	return Need{
		What: "the worker itself", Tests: []string{"lua TestWorker", "js TestWorkerObject"},
		Lua: []Binding{
			{Name: "worker.pid", Signature: ": integer", Doc: pid}, {Name: "worker.name", Signature: ": string", Doc: name},
			{Name: "worker.mode", Signature: `: "sync"|"async"`, Doc: mode}, {Name: "worker.retire", Signature: "()", Doc: retire},
		},
		JS: []Binding{
			{Name: "worker.pid", Signature: ": number", Doc: pid}, {Name: "worker.name", Signature: ": string", Doc: name},
			{Name: "worker.mode", Signature: ": 'sync' | 'async'", Doc: mode}, {Name: "worker.retire", Signature: "(): void", Doc: retire},
		},
	}
}

func clocks() Need {
	return Need{
		What: "random numbers and the clock (`--seed`, `--clock`)", Tests: []string{"enginetest seed", "enginetest clock", "enginetest fixed clock", "lua TestTimeClocks", "lua TestTimeFormat", "lua TestTimeParse", "js TestLibraryGlobals", "host TestReproducible"},
		Lua: []Binding{
			{Name: "math.random", Standard: true}, {Name: "math.randomseed", Standard: true},
			{Name: "os.time", Standard: true}, {Name: "os.date", Standard: true},
			{Name: "os.clock", Standard: true, Doc: "The time since the worker was started."}, {Name: "os.difftime", Standard: true},
			{Name: "time.now", Signature: "(): number", Doc: "Seconds since 1970, in UTC, with fractions."},
			{Name: "time.monotonic", Signature: "(): number", Doc: "Seconds since the worker was started, which never go back in a call."},
			{Name: "time.format", Signature: "(seconds: number, offset?: string): string", Doc: "A time as in RFC 3339."},
			{Name: "time.parse", Signature: "(text: string): number?, string", Doc: "The seconds and the offset of a time as in RFC 3339, or nil and why not."},
		},
		JS: []Binding{
			{Name: "Math", Standard: true, Doc: "`Math.random()` and the rest of it."}, {Name: "Date", Standard: true},
			{Name: "performance", Doc: "Milliseconds since the worker was started, with fractions.", Text: `declare const performance: {
  now(): number;
  /** When that was, in milliseconds since 1970. */
  readonly timeOrigin: number;
  toJSON(): { timeOrigin: number };
};
`},
		},
	}
}

func jsonText() Need {
	return Need{
		What: "JSON", Tests: []string{"enginetest values", "enginetest properties", "lua TestFreeze", "lua TestJSONEncode", "lua TestJSONDecode"},
		Lua: []Binding{
			{Name: "json.encode", Signature: "(value: any, options?: JSONOptions): string", Doc: "The JSON of a value. What JSON cannot carry raises an error that names it."},
			{Name: "JSONOptions", Doc: "How JSON is written.", Text: "---@class JSONOptions\n---@field indent? integer|string Spaces, or their number, up to 16.\n"},
			{Name: "json.decode", Signature: "(text: string): any", Doc: "The value of a JSON text; null is `json.null`, also inside."},
			{Name: "json.null", Signature: ": userdata", Doc: "Null, inside tables."},
			{Name: "json.array", Signature: "(t?: table): table", Doc: "Marks a table as an array, which matters if it is empty."},
			{Name: "json.object", Signature: "(t?: table): table", Doc: "Marks a table as an object, which matters if it is empty."},
		},
		JS: []Binding{{Name: "JSON", Standard: true}},
	}
}
