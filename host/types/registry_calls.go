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
		{Name: "console.trace", Signature: "(...values: any[]): void", Doc: "Logs the values and where in the script this is."},
	}...)
	return Need{What: "log", Tests: []string{"enginetest logs", "lua TestLog", "js TestConsole", "js TestInspect"}, Lua: lua, JS: js}
}

func timers() Need {
	const callback = "(callback: (...args: any[]) => any, ms?: number, ...args: any[]): number"
	return Need{
		What: "timers", Tests: []string{"enginetest timers", "enginetest waiting", "enginetest clock", "lua TestSleep", "js TestTimers"},
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
		},
	}
}

func cancelling() Need {
	return Need{
		What: "cancellation", Tests: []string{"enginetest cancel", "js TestAbortSignal"},
		JS: []Binding{
			{Name: "AbortController", Doc: "Makes a signal, and has it fire.",
				Text: "declare class AbortController {\n  readonly signal: AbortSignal;\n  abort(reason?: any): void;\n}\n"},
			{Name: "AbortSignal", Doc: "Tells that something is to be given up: a call (`done.signal`), or what a script makes signals for.",
				Text: `declare class AbortSignal {
  private constructor();
  static abort(reason?: any): AbortSignal;
  static timeout(ms: number): AbortSignal;
  static any(signals: Iterable<AbortSignal>): AbortSignal;
  readonly aborted: boolean;
  readonly reason: any;
  onabort: ((event: AbortEvent) => any) | null;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: ((event: AbortEvent) => any) | { handleEvent(event: AbortEvent): any }, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: ((event: AbortEvent) => any) | { handleEvent(event: AbortEvent): any }): void;
  dispatchEvent(event: AbortEvent): boolean;
}
interface AbortEvent {
  readonly type: 'abort';
  readonly target: AbortSignal;
}
`},
		},
	}
}

func modules() Need {
	return Need{
		What: "libraries and modules", Tests: []string{"enginetest load", "js TestEntryPoints", "js TestFunctions"},
		Lua: []Binding{{Name: "require", Standard: true, Doc: "The library of that name: those that are globals anyway."}},
		JS: []Binding{
			{Name: "require", Signature: "(module: string): any", Doc: "The module of that name, such as `fs`."},
			{Name: "module", Signature: ": { exports: any }", Doc: "`module.exports` is what the script exports."},
			{Name: "exports", Signature: ": any", Doc: "`module.exports`, as it is at first."},
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
		What: "random numbers and the clock (`--seed`, `--clock`)", Tests: []string{"enginetest seed", "enginetest clock", "enginetest fixed clock", "host TestReproducible"},
		Lua: []Binding{
			{Name: "math.random", Standard: true}, {Name: "math.randomseed", Standard: true},
			{Name: "os.time", Standard: true}, {Name: "os.date", Standard: true},
			{Name: "os.clock", Standard: true, Doc: "The time since the worker was started."}, {Name: "os.difftime", Standard: true},
		},
		JS: []Binding{{Name: "Math", Standard: true}, {Name: "Date", Standard: true}},
	}
}

func jsonText() Need {
	return Need{
		What: "JSON", Tests: []string{"enginetest values", "enginetest properties", "lua TestFreeze"},
		Lua: []Binding{
			{Name: "json.encode", Signature: "(value: any): string", Doc: "The JSON of a value. What JSON cannot carry raises an error that names it."},
			{Name: "json.decode", Signature: "(text: string): any", Doc: "The value of a JSON text; null is `json.null`, also inside."},
			{Name: "json.null", Signature: ": userdata", Doc: "Null, inside tables."},
			{Name: "json.array", Signature: "(t?: table): table", Doc: "Marks a table as an array, which matters if it is empty."},
			{Name: "json.object", Signature: "(t?: table): table", Doc: "Marks a table as an object, which matters if it is empty."},
		},
		JS: []Binding{{Name: "JSON", Standard: true}},
	}
}
