package types

import "strings"

// What reads and writes files, and the environment.

func files() Need {
	n := Need{
		What: "files", Grants: []string{"read", "write"},
		Tests: []string{"lua TestFiles", "lua TestGathering", "js TestFiles", "js TestFileErrors", "js TestFileModuleIsComplete", "host TestGrants", "host/internal/broker TestOperations"},
	}
	for _, name := range strings.Fields("io.open io.lines io.read io.write io.input io.output io.close io.type io.stdin io.stdout io.stderr os.remove os.rename os.tmpname") {
		n.Lua = append(n.Lua, Binding{Name: name, Standard: true})
	}
	n.Lua = append(n.Lua, []Binding{
		{Name: "lfs.attributes", Signature: "(path: string, attribute?: string|table): any, string?, integer?", Doc: "What is known of a file: a table, or the attribute of that name."},
		{Name: "lfs.symlinkattributes", Signature: "(path: string, attribute?: string|table): any, string?, integer?", Doc: "The same, of a symbolic link itself."},
		{Name: "lfs.dir", Signature: "(path: string): fun(dir: Dir): string?, Dir", Doc: "The names in a folder, without `.` and `..`: `for name in lfs.dir(path) do`."},
		{Name: "lfs.mkdir", Signature: "(path: string): boolean?, string?, integer?", Doc: "Makes a folder."},
		{Name: "lfs.rmdir", Signature: "(path: string): boolean?, string?, integer?", Doc: "Removes an empty folder."},
		{Name: "lfs.currentdir", Signature: "(): string?, string?, integer?", Doc: "The folder that relative paths begin at."},
		{Name: "Dir", Doc: "The second value that `lfs.dir` returns."},
		{Name: "Dir:next", Signature: "(): string?", Doc: "The next name, nil at the end."},
		{Name: "Dir:close", Signature: "()", Doc: "Ends it."},
	}...)
	n.JS = append(n.JS, Binding{Name: "Stats", Doc: "What is known of a file.", Text: statsText})
	for _, f := range fileFunctions {
		n.JS = append(n.JS, Binding{Name: "fs:" + f.name + "Sync", Signature: f.parameters + ": " + f.result, Doc: f.doc})
	}
	n.JS = append(n.JS,
		Binding{Name: "fs:existsSync", Signature: "(path: string): boolean", Doc: "Whether there is something of that name. What is not granted is an error, and not false."},
		Binding{Name: "fs:constants", Signature: ": { readonly F_OK: number; readonly R_OK: number; readonly W_OK: number; readonly X_OK: number; readonly COPYFILE_EXCL: number }", Doc: "For `accessSync` and `copyFileSync`."},
		Binding{Name: "fs:promises", Signature: ": typeof import('fs/promises')", Doc: "The same functions without `Sync`, which return promises."},
	)
	for _, f := range fileFunctions {
		n.JS = append(n.JS, Binding{Name: "fs/promises:" + f.name, Signature: f.parameters + ": Promise<" + f.result + ">", Doc: f.doc})
	}
	n.JS = append(n.JS, Binding{Name: "fs/promises:constants", Signature: ": typeof import('fs').constants", Doc: "For `access` and `copyFile`."})
	return n
}

// fileFunctions are those of fs and of fs.promises, which differ in that they
// return the result or a promise for it.
var fileFunctions = []struct{ name, parameters, result, doc string }{
	{"readFile", "<E extends BufferEncoding | undefined = undefined>(path: string, options?: E | { encoding?: E; flag?: string } | null)", "E extends BufferEncoding ? string : Buffer", "What is in a file: text if an encoding is named, octets if not."},
	{"writeFile", "(path: string, data: string | Uint8Array | ArrayBuffer, options?: WriteOptions)", "void", "Writes a file anew."},
	{"appendFile", "(path: string, data: string | Uint8Array | ArrayBuffer, options?: WriteOptions)", "void", "Writes at the end of a file."},
	{"readdir", "<O extends { withFileTypes?: boolean } | undefined = undefined>(path: string, options?: O)", "O extends { withFileTypes: true } ? Dirent[] : string[]", "What is in a folder."},
	{"stat", "<O extends { throwIfNoEntry?: boolean } | undefined = undefined>(path: string, options?: O)", "O extends { throwIfNoEntry: false } ? Stats | undefined : Stats", "What is known of a file."},
	{"lstat", "<O extends { throwIfNoEntry?: boolean } | undefined = undefined>(path: string, options?: O)", "O extends { throwIfNoEntry: false } ? Stats | undefined : Stats", "The same, of a symbolic link itself."},
	{"mkdir", "(path: string, options?: number | string | { recursive?: boolean; mode?: number | string })", "void", "Makes a folder."},
	{"rmdir", "(path: string)", "void", "Removes an empty folder."},
	{"unlink", "(path: string)", "void", "Removes a file."},
	{"rename", "(oldPath: string, newPath: string)", "void", "Renames a file or folder."},
	{"copyFile", "(src: string, dest: string, mode?: number)", "void", "Copies a file and its permissions, in one piece. With `constants.COPYFILE_EXCL` there must be none of the new name."},
	{"rm", "(path: string, options?: { recursive?: boolean; force?: boolean })", "void", "Removes a file, or with `recursive` a folder and all in it, one by one. With `force` it may be missing."},
	{"access", "(path: string, mode?: number)", "void", "Throws if there is nothing of that name."},
}

const statsText = `interface Stats extends FileType {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly blksize: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
  readonly atime: Date;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly birthtime: Date;
}
interface Dirent extends FileType {
  readonly name: string;
  readonly parentPath: string;
}
type WriteOptions = BufferEncoding | { encoding?: BufferEncoding; flag?: string; mode?: number | string } | null;
interface FileType {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
}
`

func passedFiles() Need {
	const doc = "Waits for the next file that the caller passes."
	return Need{
		What: "files that the caller passes", Tests: []string{"enginetest files", "lua TestFilesErrors", "js TestForgottenPassedFile"},
		Lua: []Binding{{Name: "files.receive", Signature: "(): file*", Doc: doc}},
		JS: []Binding{
			{Name: "files.receive", Signature: "(): Promise<PassedFile>", Doc: doc},
			{Name: "PassedFile", Doc: "A file that the caller has passed.", Text: `interface PassedFile {
  /** 1 to size octets, as many as there are now; none at the end. */
  read(size?: number): Promise<Uint8Array>;
  /** Writes all of it, and returns the number of octets. */
  write(data: string | Uint8Array | ArrayBuffer): Promise<number>;
  close(): Promise<void>;
}
`},
		},
	}
}

func environment() Need {
	return Need{
		What: "environment variables", Grants: []string{"env"}, Tests: []string{"lua TestFiles", "js TestProcessEnv", "js TestProcessEnvRemembers", "host TestAudit", "host/internal/broker TestEnv"},
		Lua: []Binding{{Name: "os.getenv", Standard: true, Doc: "A variable of the caller's; nil if it is not set, or not granted."}},
		JS: []Binding{
			{Name: "process.env", Signature: ": { [name: string]: string | undefined }", Doc: "The caller's variables, as far as they are granted."},
		},
	}
}

func process() Need {
	return Need{
		What: "the process, as Node's programs look at it", Tests: []string{"js TestCwd", "js TestProcessEnv"},
		JS: []Binding{
			{Name: "process.cwd", Signature: "(): string", Doc: "The caller's folder, at which relative paths begin."},
			{Name: "process.nextTick", Signature: "(callback: (...args: any[]) => any, ...args: any[]): void", Doc: "Calls a function when the code that runs has returned."},
			{Name: "process.argv", Signature: ": string[]", Doc: "Empty."},
			module("process", "The same.", "  export = process;\n"),
		},
	}
}
