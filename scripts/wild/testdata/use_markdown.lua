local line, text = require("report").new()
require "markdown"
local markdown = markdown or require "markdown"

local document = [[
Title
=====

A paragraph with *emphasis*, **strong**, `code <b>` and a [link](http://example.com/ "t").
Second line & an entity &copy; and <span>inline html</span>.

* one
* two
    * nested

1. first
2. second

> quoted
> > deeper

    code block & more
      indented

***

![image](a.png) and <http://auto.example/> and \*escaped\*.

Reference [here][r] and [r].

[r]: http://example.org/ "Title"

## Second ##

<div>
raw *html*
</div>
]]

function run()
  line("document", markdown(document))
  line("empty", markdown(""))
  line("unicode", markdown("\195\164\195\182 *\226\130\172*"))
  line("long", #markdown(string.rep("word *emphasis* [x](y)\n\n", 100)))
  return text()
end
