local line, text = require("report").new()

local function classes()
  local class = require "pl.class"
  class.Animal()
  function Animal:_init(name) self.name = name end
  function Animal:__tostring() return self.name .. ": " .. self:speak() end
  class.Dog(Animal)
  function Dog:speak() return "bark" end
  class.Cat(Animal)
  function Cat:_init(name, breed) self:super(name) self.breed = breed end
  function Cat:speak() return "meow" end
  local fido, felix = Dog("Fido"), Cat("Felix", "Tabby")
  line("class", tostring(fido), tostring(felix), felix.breed, fido:is_a(Animal), fido:is_a(Cat), Dog:class_of(fido))
end

local function lists()
  local List = require "pl.List"
  local l = List{10, 20, 30}
  l:append(5):extend{1, 2}:sort()
  line("List", l, l:slice(2, 3), l:contains(5), l:index(20), l:map("+", 1), l:filter(function(x) return x > 4 end), tostring(l))
  line("List.split", List.split("a,b,c", ","), List.range(1, 10, 3), l:reduce("+"))
  local tablex = require "pl.tablex"
  local seq = require "pl.seq"
  line("tablex", tablex.deepcompare({1, {2}}, {1, {2}}), tablex.keys({a = 1}), tablex.merge({a = 1, b = 2}, {b = 3, c = 4}, true),
    tablex.map(function(x) return x * x end, {1, 2, 3}), tablex.zip({1, 2}, {"a", "b"}), tablex.deepcopy({a = {b = {1}}}), tablex.find({5, 6}, 6))
  line("seq", seq.copy(seq.filter(seq.list{1, 2, 3, 4}, function(x) return x % 2 == 0 end)), seq.sum(seq.list{1, 2, 3}), seq.reduce(math.max, {3, 9, 2}))
  local Set = require "pl.Set"
  local a, b = Set{1, 2, 3}, Set{2, 3, 4}
  local function sorted(s) local v = Set.values(s) table.sort(v) return v end
  line("Set", sorted(a + b), sorted(a * b), sorted(a - b), Set{2} < a, Set.len(a))
  local OrderedMap = require "pl.OrderedMap"
  local m = OrderedMap{{z = 1}, {y = 2}}
  m:set("x", 3):set("z", nil)
  line("OrderedMap", m:keys(), m:values(), tostring(m))
  local MultiMap = require "pl.MultiMap"
  local mm = MultiMap()
  mm:set("a", 1) mm:set("a", 2)
  line("MultiMap", mm.a)
  line("permute", require("pl.permute").table{1, 2, 3})
  local array2d = require "pl.array2d"
  line("array2d", array2d.column({{1, 2}, {3, 4}}, 2), array2d.map("*", {{1, 2}, {3, 4}}, 10), array2d.product(function(x, y) return x .. y end, {1, 2}, {"a", "b"}))
  local C = require("pl.comprehension").new()
  line("comprehension", C "x^2 for x=1,5" (), C "{x,y} for x for y if x ~= y" ({1, 2}, {2, 3}), C "sum(x for x)" {1, 2, 3})
end

local function strings()
  local stringx = require "pl.stringx"
  line("stringx", stringx.split("a b  c"), stringx.strip("  x "), stringx.partition("a=b", "="), stringx.center("x", 5, "-"),
    stringx.startswith("hello", "he"), stringx.count("banana", "a"), stringx.expandtabs("a\tb", 4), stringx.title("hello world"), stringx.shorten("a long text", 6))
  line("lines", stringx.splitlines("a\nb\r\nc"), require("pl.text").dedent("  a\n    b\n"), require("pl.stringx").wrap("the quick brown fox jumps", 10))
  local template = require "pl.template"
  line("template", template.substitute("# for i, name in ipairs(names) do\n$(i): $(name:upper())\n# end\n", {names = {"ada", "grace"}, ipairs = ipairs}))
  line("text.Template", require("pl.text").Template("${a} and $b"):substitute{a = 1, b = 2})
  local lexer = require "pl.lexer"
  local tokens = {}
  for kind, value in lexer.lua("local x = 10 -- c\nreturn 'a'..\"b\"", {space = true, comments = true}) do tokens[#tokens + 1] = kind .. " " .. value end
  line("lexer", tokens)
  local sip = require "pl.sip"
  local found = {}
  line("sip", sip.match("$v{name} = $d{n}", "answer = 42", found), found)
  local data = require("pl.data").read(require("pl.stringio").open("Name,Age\nAda,36\nGrace,45\n"))
  line("data", data.fieldnames, data:column_by_name("Age"))
  local config = require("pl.config").read(require("pl.stringio").open("# c\nname = x\n[section]\nlist = 1,2,3\n"))
  line("config", config)
  line("url", require("pl.url").quote("a b/c?d=é"), require("pl.url").unquote("a%20b"))
end

local function pretty()
  local pretty = require "pl.pretty"
  line("pretty", pretty.write({1, 2, {3}}, ""), pretty.write({a = {b = 1}}), pretty.number(123456789, "N"), pretty.number(2048, "M"))
  local xml = require "pl.xml"
  local doc = xml.parse([[<people><person id="1"><name>Ada &amp; Co</name></person><empty/></people>]])
  line("xml", tostring(doc), doc:get_elements_with_name("name")[1]:get_text(), xml.tostring(doc, "", "  "))
  local lapp = require "pl.lapp"
  line("lapp", lapp("Adds\n -n,--number (default 5) how many\n -v,--verbose flag\n <file> (string) a file\n", {"-n", "7", "in.txt"}))
  local func = require "pl.func"
  local _1, _2 = func._1, func._2
  line("func", func.I(_1 + _2 * 2)(3, 4), func.bind(math.max, _1, 10)(3))
  local utils = require "pl.utils"
  line("utils", utils.split("a, b,c", ",%s*"), utils.string_lambda("|x| x + 1")(2), utils.escape("a.b"), utils.pack(1, nil, 3).n, utils.is_type({}, "table"))
  local types = require "pl.types"
  line("types", types.is_empty({}), types.is_integer(3), types.is_callable(print), types.to_bool("yes"))
  local path = require "pl.path"
  line("path", path.basename("/a/b.lua"), path.dirname("/a/b.lua"), path.extension("x.tar.gz"), path.join("a", "b"), path.normpath("/a/../b/./c"), path.splitext("a.b"))
end

function run()
  classes()
  lists()
  strings()
  pretty()
  return text()
end
