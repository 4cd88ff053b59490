-- attack: Ask for a width of billions.
-- mechanism: parser / widths of string.format
-- expect: answer "false false false false"
-- control: none: widths have two digits at most, whatever the limits are

function run()
  return (pcall(string.format, "%999999999d", 1)), (pcall(string.format, "%.999999999f", 1)), (pcall(string.format, "%099999999999999999999s", "")), (pcall(string.format, "%-100.100x", 1))
end
