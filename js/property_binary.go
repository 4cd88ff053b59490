package js

import "unicode"

// binarySet returns the set of a binary property, by its name or its short name.
// It returns nil if there is no such property.
func binarySet(name string) codeSet {
	switch name {
	case "Any":
		return span(0, unicode.MaxRune)
	case "ASCII":
		return span(0, unicode.MaxASCII)
	case "Assigned":
		return categorySet("Cn").not()
	}
	if table := binaryTable(name); table != nil {
		return tableSet(table)
	}
	if text := binaryText(name); text != "" {
		return textSet(text)
	}
	return derivedSet(name)
}

// binaryTable returns those that package unicode has, which are those of
// PropList.txt.
func binaryTable(name string) *unicode.RangeTable {
	switch name {
	case "ASCII_Hex_Digit", "AHex":
		return unicode.ASCII_Hex_Digit
	case "Bidi_Control", "Bidi_C":
		return unicode.Bidi_Control
	case "Dash":
		return unicode.Dash
	case "Deprecated", "Dep":
		return unicode.Deprecated
	case "Diacritic", "Dia":
		return unicode.Diacritic
	case "Extender", "Ext":
		return unicode.Extender
	case "Hex_Digit", "Hex":
		return unicode.Hex_Digit
	case "IDS_Binary_Operator", "IDSB":
		return unicode.IDS_Binary_Operator
	case "IDS_Trinary_Operator", "IDST":
		return unicode.IDS_Trinary_Operator
	case "Ideographic", "Ideo":
		return unicode.Ideographic
	case "Join_Control", "Join_C":
		return unicode.Join_Control
	case "Logical_Order_Exception", "LOE":
		return unicode.Logical_Order_Exception
	case "Noncharacter_Code_Point", "NChar":
		return unicode.Noncharacter_Code_Point
	case "Pattern_Syntax", "Pat_Syn":
		return unicode.Pattern_Syntax
	case "Pattern_White_Space", "Pat_WS":
		return unicode.Pattern_White_Space
	case "Quotation_Mark", "QMark":
		return unicode.Quotation_Mark
	case "Radical":
		return unicode.Radical
	case "Regional_Indicator", "RI":
		return unicode.Regional_Indicator
	case "Sentence_Terminal", "STerm":
		return unicode.Sentence_Terminal
	case "Soft_Dotted", "SD":
		return unicode.Soft_Dotted
	case "Terminal_Punctuation", "Term":
		return unicode.Terminal_Punctuation
	case "Unified_Ideograph", "UIdeo":
		return unicode.Unified_Ideograph
	case "Variation_Selector", "VS":
		return unicode.Variation_Selector
	case "White_Space", "space":
		return unicode.White_Space
	}
	return nil
}

// binaryText returns those that package unicode has not, as textSet reads them.
func binaryText(name string) string {
	switch name {
	case "Bidi_Mirrored", "Bidi_M":
		return bidiMirrored
	case "Emoji":
		return emoji
	case "Emoji_Component", "EComp":
		return emojiComponent
	case "Emoji_Modifier", "EMod":
		return emojiModifier
	case "Emoji_Modifier_Base", "EBase":
		return emojiModifierBase
	case "Emoji_Presentation", "EPres":
		return emojiPresentation
	case "Extended_Pictographic", "ExtPict":
		return extendedPictographic
	}
	return ""
}

// derivedSet returns those that DerivedCoreProperties.txt says how to derive.
func derivedSet(name string) codeSet {
	switch name {
	case "Alphabetic", "Alpha":
		return tableSet(unicode.L, unicode.Nl, unicode.Other_Alphabetic, unicode.Other_Lowercase, unicode.Other_Uppercase)
	case "Lowercase", "Lower":
		return tableSet(unicode.Ll, unicode.Other_Lowercase)
	case "Uppercase", "Upper":
		return tableSet(unicode.Lu, unicode.Other_Uppercase)
	case "Cased":
		return tableSet(unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Lowercase, unicode.Other_Uppercase)
	case "Case_Ignorable", "CI":
		return tableSet(unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk).with(textSet(midWord))
	case "Math":
		return tableSet(unicode.Sm, unicode.Other_Math)
	case "ID_Start", "IDS":
		return idStart()
	case "ID_Continue", "IDC":
		return idContinue()
	case "XID_Start", "XIDS":
		return idStart().without(textSet(notXIDStart))
	case "XID_Continue", "XIDC":
		return idContinue().without(textSet(notXIDContinue))
	case "Grapheme_Extend", "Gr_Ext":
		return tableSet(unicode.Me, unicode.Mn, unicode.Other_Grapheme_Extend)
	case "Grapheme_Base", "Gr_Base":
		return categorySet("C").with(tableSet(unicode.Zl, unicode.Zp, unicode.Me, unicode.Mn, unicode.Other_Grapheme_Extend)).not()
	case "Default_Ignorable_Code_Point", "DI":
		return tableSet(unicode.Other_Default_Ignorable_Code_Point, unicode.Cf, unicode.Variation_Selector).without(
			tableSet(unicode.White_Space, unicode.Prepended_Concatenation_Mark),
			span(0xFFF9, 0xFFFB), span(0x13430, 0x13440))
	case "Changes_When_Lowercased", "CWL":
		return caseMapped(unicode.LowerCase)
	case "Changes_When_Uppercased", "CWU":
		return caseMapped(unicode.UpperCase).with(textSet(multipleLetters), textSet(iotaBelow))
	case "Changes_When_Titlecased", "CWT":
		return caseMapped(unicode.TitleCase).with(textSet(multipleLetters))
	case "Changes_When_Casefolded", "CWCF":
		return folded()
	case "Changes_When_Casemapped", "CWCM":
		return caseMapped(unicode.LowerCase, unicode.UpperCase, unicode.TitleCase).with(textSet(multipleLetters))
	}
	return nil
}

func idStart() codeSet {
	return tableSet(unicode.L, unicode.Nl, unicode.Other_ID_Start).without(tableSet(unicode.Pattern_Syntax, unicode.Pattern_White_Space))
}

func idContinue() codeSet {
	return tableSet(unicode.L, unicode.Nl, unicode.Other_ID_Start, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue).without(
		tableSet(unicode.Pattern_Syntax, unicode.Pattern_White_Space))
}

// caseMapped returns what any of some cases changes.
func caseMapped(cases ...int) codeSet {
	var all codeSet
	for _, in := range unicode.CaseRanges {
		for r := rune(in.Lo); r <= rune(in.Hi); r++ {
			for _, c := range cases {
				if unicode.To(c, r) != r {
					all = append(all, r, r)
					break
				}
			}
		}
	}
	return all.tidied()
}

// folded returns what full case folding changes.
func folded() codeSet {
	var all codeSet
	for _, in := range unicode.CaseRanges {
		for r := rune(in.Lo); r <= rune(in.Hi); r++ {
			if foldedLetter(r) != r {
				all = append(all, r, r)
			}
		}
	}
	return all.with(textSet(multipleFolded), textSet(iotaBelow))
}

// foldedLetter returns the simple case folding of a letter, which is the small
// letter, but for that of Cherokee and the dotless i.
func foldedLetter(r rune) rune {
	switch upper := unicode.ToUpper(r); {
	case r == 'ı', r == 0x1FBE: // the latter is another way to write ι
		return r
	case unicode.Is(unicode.Cherokee, r):
		return upper
	default:
		return unicode.ToLower(upper)
	}
}
