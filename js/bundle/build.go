package bundle

import (
	"encoding/json"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"

	"scripthost.example/child/engine"
)

// The namespaces of esbuild's paths. None of them is "file": esbuild would look
// at the disk for that.
const (
	ours    = "script" // a path as the parent knows it
	nothing = "nothing"
	missing = "missing" // with what to say of it as the path
)

// What a bundled script is wrapped in: its own names, and those of all that it
// imports, must not become the worker's globals.
const (
	wrapStart = "(() => {"
	wrapEnd   = "})();"
)

// made is a script that has been bundled.
type made struct {
	code     []byte // with the source map at its end
	warnings []any  // texts, with positions
}

// A build bundles one script.
type build struct {
	*resolver
	source engine.Source
}

// bundle bundles the script src. It is called by the holder of the VM.
func bundle(cfg engine.Config, src engine.Source) (result made, fault *engine.Error) {
	b := newBuild(cfg, src)
	stopped := b.files.serve(func() { result, fault = b.run() })
	if stopped != nil {
		return made{}, stopped // and result is not ours to look at
	}
	if fault != nil && fault.Kind == kindMissing {
		fault.Kind = engine.KindScript
	}
	if fault != nil && fault.Language == "" {
		fault.Language = languageOf(b.entry)
	}
	return result, fault
}

func newBuild(cfg engine.Config, src engine.Source) *build {
	name := slashes(src.Name)
	r := &resolver{
		files:     newFiles(cfg.Services),
		roots:     cfg.Modules,
		nearby:    cfg.Nearby,
		entry:     name,
		manifests: make(map[string]*manifest),
	}
	if len(cfg.Modules) > 0 && cfg.Modules[0] == path.Dir(name) {
		r.home = cfg.Modules[0]
		r.entry = path.Join(r.home, path.Base(name))
	}
	return &build{resolver: r, source: src}
}

// slashes is a path with slashes, if that is how it can have been meant.
func slashes(name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return strings.ReplaceAll(name, `\`, "/")
}

// run bundles, on a goroutine of its own.
func (b *build) run() (made, *engine.Error) {
	if fault := b.readTSConfig(); fault != nil {
		return made{}, fault
	}
	if fault := checkText(b.entry, b.source.Text); fault != nil {
		return made{}, fault
	}
	result := api.Build(b.options())
	if len(result.Errors) > 0 {
		return made{}, b.fault(result.Errors)
	}
	code, sourceMap := outputs(result.OutputFiles)
	if b.isScript(result.Metafile) {
		return b.alone(result.Warnings)
	}
	return b.finish(code, sourceMap, result.Warnings)
}

func (b *build) options() api.BuildOptions {
	return api.BuildOptions{
		EntryPoints:    []string{"script"},
		Outfile:        "script.js",
		Bundle:         true,
		Metafile:       true,
		LogLevel:       api.LogLevelSilent,
		LogLimit:       maxMessages,
		Platform:       api.PlatformNeutral,
		Format:         api.FormatCommonJS,
		Target:         target,
		Supported:      gaps(),
		Charset:        api.CharsetASCII, // goja counts columns in octets
		LegalComments:  api.LegalCommentsNone,
		Sourcemap:      api.SourceMapExternal,
		SourcesContent: api.SourcesContentExclude,
		TsconfigRaw:    b.tsconfig.raw(),
		Banner:         map[string]string{"js": wrapStart},
		Footer:         map[string]string{"js": wrapEnd},
		Plugins:        []api.Plugin{{Name: "worker", Setup: b.setUp}},
	}
}

// alone is a script that neither imports nor exports anything, and requires
// nothing that would be bundled: it stays a script, in which all functions of the
// top level are found, as in plain JavaScript.
func (b *build) alone(warnings []api.Message) (made, *engine.Error) {
	result := api.Transform(string(b.source.Text), api.TransformOptions{
		Loader:         entryLoader(b.entry),
		LogLevel:       api.LogLevelSilent,
		LogLimit:       maxMessages,
		Platform:       api.PlatformNeutral,
		Target:         target,
		Supported:      gaps(),
		Charset:        api.CharsetASCII,
		LegalComments:  api.LegalCommentsNone,
		Sourcemap:      api.SourceMapExternal,
		SourcesContent: api.SourcesContentExclude,
		TsconfigRaw:    b.tsconfig.raw(),
		Sourcefile:     b.entry,
	})
	if len(result.Errors) > 0 {
		return made{}, b.fault(result.Errors)
	}
	return b.finish(result.Code, result.Map, warnings)
}

func (b *build) finish(code, sourceMap []byte, warnings []api.Message) (made, *engine.Error) {
	comment, err := mapComment(sourceMap, b.entry)
	if err != nil {
		return made{}, failure("the source map of the bundled script cannot be read: %v", err)
	}
	m := made{code: append(code, comment...), warnings: []any{}}
	for _, w := range warnings {
		if text := b.warning(w); text != "" {
			m.warnings = append(m.warnings, text)
		}
	}
	return m, nil
}

// isScript reports whether the entry is no module, and alone.
func (b *build) isScript(metafile string) bool {
	var meta struct {
		Inputs map[string]struct {
			Format string `json:"format"`
		} `json:"inputs"`
	}
	if json.Unmarshal([]byte(metafile), &meta) != nil || len(meta.Inputs) != 1 {
		return false
	}
	for _, input := range meta.Inputs {
		return input.Format != "esm"
	}
	return false
}

func outputs(files []api.OutputFile) (code, sourceMap []byte) {
	for _, f := range files {
		if strings.HasSuffix(f.Path, ".map") {
			sourceMap = f.Contents
		} else {
			code = f.Contents
		}
	}
	return code, sourceMap
}

// setUp tells esbuild to ask here for every file.
func (b *build) setUp(p api.PluginBuild) {
	p.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
		return b.onResolve(args), nil
	})
	p.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: nothing}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
		text := "module.exports = {}"
		return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
	})
	p.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: missing}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
		message, err := json.Marshal(args.Path)
		text := "throw Object.assign(new Error(" + string(message) + "), { code: 'MODULE_NOT_FOUND' })"
		return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, err
	})
	p.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: ours}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
		return b.onLoad(args), nil
	})
}

func (b *build) onResolve(args api.OnResolveArgs) api.OnResolveResult {
	k := byImport
	switch args.Kind {
	case api.ResolveEntryPoint:
		return api.OnResolveResult{Path: b.entry, Namespace: ours, PluginData: b.source.Text}
	case api.ResolveJSRequireCall, api.ResolveJSRequireResolve:
		k = byRequire
	case api.ResolveJSDynamicImport:
		k = byDynamicImport
	}
	found, fault := b.resolve(args.Importer, args.Path, k)
	switch {
	case fault != nil && fault.Kind == kindMissing && k != byImport && inPackage(args.Importer):
		// Packages try what may be there, and catch the error.
		return api.OnResolveResult{Path: fault.Message, Namespace: missing}
	case fault != nil:
		return api.OnResolveResult{Errors: []api.Message{{Text: fault.Message, Detail: fault}}}
	case found.external:
		return api.OnResolveResult{Path: found.path, External: true, SideEffects: api.SideEffectsFalse}
	case found.file == nil:
		return api.OnResolveResult{Path: args.Path, Namespace: nothing}
	}
	result := api.OnResolveResult{Path: found.path, Namespace: ours, PluginData: found.text}
	if found.path == b.entry {
		result.PluginData = b.source.Text
	}
	if found.pure {
		result.SideEffects = api.SideEffectsFalse
	}
	return result
}

// loaderOf is what esbuild is to take a file with the extension ext for.
func loaderOf(ext string) (loader api.Loader, known bool) {
	switch ext {
	case ".js", ".mjs", ".cjs":
		return api.LoaderJS, true
	case ".jsx":
		return api.LoaderJSX, true
	case ".ts", ".mts", ".cts":
		return api.LoaderTS, true
	case ".tsx":
		return api.LoaderTSX, true
	case ".json":
		return api.LoaderJSON, true
	}
	return api.LoaderNone, false
}

// entryLoader is loaderOf for a script, which is TypeScript if its name does not
// tell.
func entryLoader(p string) api.Loader {
	if loader, known := loaderOf(strings.ToLower(path.Ext(p))); known {
		return loader
	}
	return api.LoaderTS
}

func (b *build) onLoad(args api.OnLoadArgs) api.OnLoadResult {
	refuse := func(fault *engine.Error) api.OnLoadResult {
		return api.OnLoadResult{Errors: []api.Message{{Text: fault.Message, Detail: fault}}}
	}
	octets, _ := args.PluginData.([]byte)
	loader, known := loaderOf(strings.ToLower(path.Ext(args.Path)))
	if args.Path == b.entry {
		loader = entryLoader(args.Path)
	} else if !known {
		return refuse(failure("%s is no kind of file that a script can import: there are %s", args.Path, ".js .mjs .cjs .jsx .ts .mts .cts .tsx .json"))
	}
	if fault := checkText(args.Path, octets); fault != nil {
		return refuse(fault)
	}
	text := string(octets)
	return api.OnLoadResult{Contents: &text, Loader: loader}
}

// checkText refuses what is not text: esbuild would put something else in its
// place.
func checkText(p string, text []byte) *engine.Error {
	if engine.IsUTF16(text) {
		e := failure("SyntaxError: the source is in UTF-16; save it as UTF-8")
		e.Stack = []engine.Frame{{File: p, Line: 1, Column: 1}}
		return e
	}
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRune(text[i:])
		if c == utf8.RuneError && n == 1 {
			e := failure("SyntaxError: the source is not UTF-8: there is an octet \\x%02X in it", text[i])
			before := string(text[:i])
			e.Stack = []engine.Frame{{File: p, Line: 1 + strings.Count(before, "\n"), Column: i - strings.LastIndexByte(before, '\n')}}
			return e
		}
		i += n
	}
	return nil
}
