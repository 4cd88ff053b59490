// attack: a script of very many nested blocks
// mechanism: parser / nesting of blocks in the script
// limits: memory=256M start=3s
// repeat: DEEP 600000 {
// expect: any of load exit | load limit memory | load deadline | load script
// why: the stack of the process is exhausted, and what is reached first is the bound of it or that of memory
// control: none: a stack that deep is beyond what the Go runtime allows

@DEEP@
