import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser'

const text = `<?xml version="1.0"?>
<shop currency="EUR"><!-- open --><item id="1"><name>Tea &amp; milk</name><price>2.50</price></item>
<item id="2"><name><![CDATA[<b>Cake</b>]]></name><price>3</price></item></shop>`

export function run() {
  const parsed = new XMLParser({ ignoreAttributes: false }).parse(text)
  return {
    parsed,
    built: new XMLBuilder({ ignoreAttributes: false, format: true }).build(parsed),
    valid: XMLValidator.validate(text),
    invalid: XMLValidator.validate('<a><b></a>').err.code,
  }
}
