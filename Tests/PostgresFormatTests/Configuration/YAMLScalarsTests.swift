import PostgresFormat
import Testing

/// The values of a YAML text at a few places: what a parser of YAML makes of them, or a refusal with the line.
@Suite struct YAMLScalarsTests {
  private static let places: Set<[String]> = [["scope"], ["name"], ["postgresql", "data_dir"]]

  private func read(_ text: String) throws -> [String: String] {
    let values = try YAMLScalars(Array(text.utf8), at: Self.places).values
    return Dictionary(values.map { ($0.key.joined(separator: "."), $0.value.value) }) { first, _ in first }
  }

  @Test func whatPatronisOwnExampleHasAroundThem() throws {
    let text = """
      ---
      # a comment
      scope: &name batman   # and another
      name: 'it''s'
      restapi:
        listen: 127.0.0.1:8008
      bootstrap:
        dcs:
          ttl: 30
          postgresql:
            data_dir: not this one
            pg_hba:
            - host all all 0.0.0.0/0 md5   # in a list
            - {a: "}", b: [1, '2]', 3],
               c: d}
            -
              scope: nor this
              name: |
                scope: nor this
              - nested
        initdb:  # a list at the same indentation
        - encoding: UTF8
        - data-checksums
        post_init: >-
          scope: nor this

          # no comment
        users: {admin: {password: 'a: b'}}
      "postgresql":
        authentication: !tag
          superuser: {username: x, password: y}
        parameters: *anchor
        archive_command: cp %p
          /archive/%f
        quoted: "goes on
          below: here"
        data_dir: "/srv/a \\"b\\" \\\\c"
      tags:
        nofailover: false
      ...
      """.replacing("\n        - nested", with: "")
    #expect(try read(text) == ["scope": "batman", "name": "it's", "postgresql.data_dir": "/srv/a \"b\" \\c"])
  }

  @Test(
    arguments: [
      ("", [:]), ("# nothing\n", [:]), ("scope:\n", [:]), ("scope: ~\nname: null", [:]),
      ("scope: a\r\nname: b\r\n", ["scope": "a", "name": "b"]),
      ("\u{FEFF}scope: a", ["scope": "a"]), ("scope:\n  a", ["scope": "a"]), ("scope: a#b", ["scope": "a#b"]),
      ("scope: http://x", ["scope": "http://x"]), ("? scope\n", nil),
      ("  scope: a\n  name: b", ["scope": "a", "name": "b"]),
      ("postgresql:\n    data_dir: /x\n    other:\n    - a\nscope: b", ["postgresql.data_dir": "/x", "scope": "b"]),
    ] as [(String, [String: String]?)])
  func small(text: String, values: [String: String]?) throws {
    if let values {
      #expect(try read(text) == values)
    } else {
      #expect(throws: YAMLScalars.Refusal.self) { try read(text) }
    }
  }

  @Test(arguments: [
    ("scope: a\nscope: b", 2, "it a second time"), ("scope: *a", 1, "an alias"),
    ("scope: |\n  a", 1, "a text in several lines"),
    ("scope: [a]", 1, "a value in brackets"), ("\nscope: !!int 5", 2, "a tag"),
    ("<<: *all", 1, "a mapping that is merged in"),
    ("postgresql: *all", 1, "an alias"), ("postgresql:\n  <<: *x", 2, "merged in"),
    ("postgresql: {data_dir: /x}", 1, "in brackets"), ("postgresql: x", 1, "a text"), ("postgresql: 'x'", 1, "a text"),
    ("- a", 1, "a list"), ("postgresql:\n- data_dir: /x", 2, "a list"),
    ("scope: a\n  name: b", 2, "none"), ("scope: a: b", 1, "none"), ("a: 1\n b: 2", 2, "none"),
    ("a:\n    b: 1\n  c: 2", 3, "one that is not"),
    ("a: 1\n- b", 2, "one that is not"), ("postgresql:\n\tdata_dir: /x", 2, "a tab"),
    ("a: \"b\nscope: c", 1, "none"), ("a: 'b' c", 1, "something else"), ("a: [1\nb: 2", 1, "none"),
    ("a: [1]]", 1, "something else"),
    ("a: [1}", 1, "one too many"), ("%YAML 1.2\n---\na: 1", 1, "a directive"),
    ("a: 1\n---\nb: 2", 2, "a second document"),
    ("scope: \"a\\x41\"", 1, "another escape"), ("a: @b", 1, "with which none can begin"), ("a: 1\n...\nb: 2", 3, ""),
  ])
  func whatIsInDoubtIsRefused(text: String, line: Int, found: String) throws {
    let refusal = #expect(throws: YAMLScalars.Refusal.self, "\(text)") { try read(text) }
    #expect(refusal?.line == line && refusal?.found.contains(found) == true, "\(text): \(String(describing: refusal))")
  }

  /// Anchors that multiply are not expanded, and what is nested without end is refused.
  @Test func hostileTextsEndSoon() throws {
    var laughs = "a: &a [x, x]\n"
    for letter in "bcdefghi" { laughs += "\(letter): &\(letter) [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n" }
    #expect(try read(laughs + "scope: b") == ["scope": "b"])
    for opening in ["[", "{", "- ", "a:\n"] {
      var text = ""
      for depth in 0..<1000 { text += opening == "a:\n" ? String(repeating: " ", count: depth) + opening : opening }
      #expect(throws: YAMLScalars.Refusal.self, "\(opening)") {
        try read(opening == "[" || opening == "{" ? "x: " + text : text)
      }
    }
    let large = [UInt8](repeating: UInt8(ascii: " "), count: YAMLScalars.sizeLimit + 1)
    #expect(throws: YAMLScalars.Refusal.self) { try YAMLScalars(large, at: Self.places) }
    #expect(throws: YAMLScalars.Refusal.self) { try YAMLScalars([0xFF, 0xFE], at: Self.places) }
  }

  /// Whatever is cut off or changed ends in values or in a refusal.
  @Test func noTextEndsTheProgram() throws {
    let text = Array(
      "---\nscope: &a 'b' # c\nl:\n- {x: [\"y\", *a]}\n- - z: |\n    w\npostgresql:\n  data_dir: \"/\\\\x\"\n...\n".utf8
    )
    for end in text.indices { _ = try? YAMLScalars(Array(text[..<end]), at: Self.places) }
    for index in text.indices {
      for byte in "\n\t :-'\"[]{}|>&*!#?%@\\".utf8 {
        var changed = text
        changed[index] = byte
        _ = try? YAMLScalars(changed, at: Self.places)
      }
    }
  }

  @Test func aRefusalQuotesNothing() throws {
    for text in ["password: a: hunter2", "a: \"hunter2\" hunter2", "a: [hunter2}", "hunter2\nb: c"] {
      let refusal = #expect(throws: YAMLScalars.Refusal.self) { try read(text) }
      #expect("\(String(describing: refusal))".contains("hunter2") == false)
    }
  }
}
