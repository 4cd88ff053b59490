package bundle

import (
	"errors"
	"fmt"

	"scripthost.example/child/engine"
	"scripthost.example/host"
)

// language is the name of the bundler as a language, for package host and its
// child only.
const language = "bundle"

func init() {
	engine.Register(bundler{})
	host.RegisterBundler(language)
}

// bundler is the engine.Engine whose scripts are bundled when they are loaded.
type bundler struct{}

// Language returns "bundle".
func (bundler) Language() string { return language }

// New returns a VM that bundles one script. It fails if cfg has no services, or
// no serialiser that carries octets.
func (bundler) New(cfg engine.Config) (engine.VM, error) {
	if cfg.Services == nil || cfg.Codec == nil || !cfg.Binary {
		return nil, errors.New("bundle: the configuration needs Services, and a Codec for octets")
	}
	return &vm{cfg: cfg}, nil
}

// vm is the script that is bundled.
type vm struct {
	cfg    engine.Config
	result []any
}

// Load bundles src.
func (v *vm) Load(src engine.Source) error {
	made, fault := bundle(v.cfg, src)
	if fault != nil {
		return fault
	}
	v.result = []any{made.code, made.warnings}
	return nil
}

// Functions returns the one that there is.
func (v *vm) Functions() []string { return []string{language} }

// Lookup finds that.
func (v *vm) Lookup(name string) (engine.Function, error) {
	if name != language {
		return nil, fmt.Errorf("bundle: there is no function %q; there is: %s", name, language)
	}
	return name, nil
}

// Start answers with the bundled text, as octets, and the list of the warnings.
func (v *vm) Start(c *engine.Call, _ engine.Function, _ []byte) {
	frame, err := v.cfg.Codec.AppendFreeze(v.cfg.Services.Frame(), v.result)
	if err == nil {
		err = v.cfg.Services.Answer(c, frame)
	}
	if err != nil && !errors.Is(err, engine.ErrAnswered) {
		_ = v.cfg.Services.Fail(c, err) // it has not been answered
	}
}

// Init does nothing: the parent names no init function.
func (v *vm) Init(engine.Function, []byte) error { return nil }

// Cancelled does nothing: the calls of a bundler are answered at once.
func (v *vm) Cancelled(*engine.Call) {}

// Interrupt does nothing: esbuild cannot be interrupted. The parent kills.
func (v *vm) Interrupt(*engine.Error) {}

// ClearInterrupt does nothing.
func (v *vm) ClearInterrupt() {}
