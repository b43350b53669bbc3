import Testing

@testable import SloopConsole

struct EscapedHTMLTests {
    @Test func whatEndsAnAttributeIsEscapedWhateverFollowsIt() {
        let escape = EscapedHTML().escapeText
        #expect(escape(#"<a href="x" title='y'>&"#) == "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;")
        // A combining mark makes one character of the two, for a person and for Swift.
        #expect(escape("\"\u{301} onfocus=x <\u{200D}script>") == "&quot;\u{301} onfocus=x &lt;\u{200D}script&gt;")
        #expect(escape("a\0b") == "a\u{FFFD}b")
    }
}
