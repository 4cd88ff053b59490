function run(...) return ... end
