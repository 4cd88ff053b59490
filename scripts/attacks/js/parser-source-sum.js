// attack: a script with a sum of very many terms, whose tree is as deep as it is long
// mechanism: parser / long chain of operators, in the compiler
// limits: memory=256M start=3s
// repeat: LONG 1000000 x+
// expect: any of load exit | load limit memory | load deadline | load script
// why: the stack of the process is exhausted, and what is reached first is the bound of it or that of memory
// control: none: a stack that deep is beyond what the Go runtime allows

function run(x) {
  return @LONG@1;
}
