// attack: a script with an expression of very many operators
// mechanism: parser / chain of unary operators in the script
// limits: memory=256M start=3s
// repeat: DEEP 1000000 !
// expect: any of load exit | load limit memory | load deadline | load script
// why: the stack of the process is exhausted, and what is reached first is the bound of it or that of memory
// control: none: a stack that deep is beyond what the Go runtime allows

const x = @DEEP@0;
function run() {
  return 'done';
}
