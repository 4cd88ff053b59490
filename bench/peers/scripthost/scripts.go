package main

// sources returns the scripts by language and mode. run answers with its arguments,
// emit sends the numbers 1 to n as events, and compute adds them.
func sources() map[string]string {
	return map[string]string{
		"lua sync": `
function run(x) return x end

function emit(n)
  for i = 1, tonumber(n) do event(i) end
end

function compute(n)
  local sum = 0
  for i = 1, tonumber(n) do sum = sum + i end
  return sum
end`,
		"lua async": `
function run(done, x) done(x) end

function emit(done, n)
  for i = 1, tonumber(n) do done.event(i) end
  done()
end

function compute(done, n)
  local sum = 0
  for i = 1, tonumber(n) do sum = sum + i end
  done(sum)
end`,
		"js sync": `
function run(x) { return x }

function emit(n) {
  for (let i = 1; i <= n; i++) event(i);
}

function compute(n) {
  let sum = 0;
  for (let i = 1; i <= n; i++) sum += i;
  return sum;
}`,
		"js async": `
function run(done, x) { done(x) }

function emit(done, n) {
  for (let i = 1; i <= n; i++) done.event(i);
  done();
}

function compute(done, n) {
  let sum = 0;
  for (let i = 1; i <= n; i++) sum += i;
  done(sum);
}`,
	}
}
