import FixtureSupport
import Testing

/// The validator itself: a schema test is worth what it refuses.
@Suite struct JSONSchemaTests {
  private func violations(_ schema: String, _ document: String) throws -> [String] {
    try JSONSchema(JSONDocument(parsing: schema)).violations(in: JSONDocument(parsing: document))
  }

  @Test(arguments: [
    (#"{"type":"string"}"#, #""a""#), (#"{"type":["integer","null"]}"#, "null"), (#"{"type":"integer"}"#, "-3"),
    (#"{"type":"number"}"#, "0.5"), (#"{"type":"number"}"#, "1"), (#"{"type":"boolean"}"#, "true"),
    (#"{"type":"array","items":{"type":"null"}}"#, "[null,null]"), (#"{"items":{"type":"null"}}"#, "[]"),
    (#"{"type":"object","properties":{"a":{}},"required":["a"],"additionalProperties":false}"#, #"{"a":null}"#),
    (#"{"properties":{"a":{"type":"null"}}}"#, #"{"b":1}"#), (#"{"properties":{"a":{}}}"#, "7"),
    (#"{"enum":["a",null]}"#, "null"), (#"{"const":true}"#, "true"), (#"{"pattern":"^[0-9]+$"}"#, #""12""#),
    (#"{"pattern":"^[0-9]+$"}"#, "null"), (#"{"anyOf":[{"type":"null"},{"const":1}]}"#, "1"),
    (##"{"$ref":"#/$defs/n","$defs":{"n":{"type":"null"}}}"##, "null"), ("{}", "[1]"),
  ])
  func itAccepts(schema: String, document: String) throws {
    #expect(try violations(schema, document) == [])
  }

  @Test(arguments: [
    (#"{"type":"string"}"#, "1", "/: is no string"),
    (#"{"type":["integer","null"]}"#, "0.5", "/: is no integer or null"),
    (#"{"type":"boolean"}"#, "null", "/: is no boolean"), (#"{"type":"object"}"#, "[]", "/: is no object"),
    (#"{"items":{"type":"null"}}"#, "[null,1]", "/1: is no null"),
    (#"{"required":["a"]}"#, #"{"b":1}"#, "/: lacks a"),
    (
      #"{"properties":{"a":{}},"additionalProperties":false}"#, #"{"b":1}"#,
      "/: has a member b that the schema does not know"
    ),
    (#"{"properties":{"a":{"properties":{"b":{"type":"null"}}}}}"#, #"{"a":{"b":1}}"#, "/a/b: is no null"),
    (#"{"enum":["a"]}"#, #""b""#, "/: is not one of the values allowed"),
    (#"{"const":true}"#, "false", "/: is not one of the values allowed"),
    (#"{"pattern":"^[0-9]+$"}"#, #""12x""#, #"/: "12x" does not match ^[0-9]+$"#),
    (#"{"anyOf":[{"type":"null"},{"const":1}]}"#, "2", "/: is no null"),
    (##"{"$ref":"#/$defs/n","$defs":{"n":{"type":"null"}}}"##, "1", "/: is no null"),
    (##"{"anyOf":[{"$ref":"#/$defs/n"}],"$defs":{"n":{"required":["a"]}}}"##, "{}", "/: lacks a"),
  ])
  func itRefuses(schema: String, document: String, why: String) throws {
    #expect(try violations(schema, document) == [why])
  }

  @Test(arguments: [
    (#"{"maximum":3}"#, "/: unknown keyword maximum"),
    (#"{"properties":{"a":{"minLength":1}}}"#, "/properties/a: unknown keyword minLength"),
    (#"{"anyOf":[{},{"not":{}}]}"#, "/anyOf/1: unknown keyword not"),
    (#"{"$defs":{"n":{"format":"uri"}}}"#, "/$defs/n: unknown keyword format"),
    (#"{"items":{"$id":"x"}}"#, "/items: unknown keyword $id"), (#"{"type":"text"}"#, "/: type is not known"),
    (#"{"type":3}"#, "/: type is not known"), (#"{"pattern":"("}"#, "/: pattern is none"),
    (#"{"additionalProperties":{}}"#, "/: additionalProperties must be true or false"),
    (#"{"required":[1]}"#, "/: required must be a list of names"),
    (#"{"required":["a"],"additionalProperties":false}"#, "/: a is required and not allowed"),
    (##"{"items":{"$ref":"#/$defs/n"}}"##, "/: no definition is named n"),
    (#"{"$ref":"other.json"}"#, "/: $ref is not to #/$defs"), (#"{"anyOf":[]}"#, "/: anyOf must be a list of schemas"),
    (#"{"$schema":"http://json-schema.org/draft-07/schema#"}"#, "/: another draft"),
    (#"{"items":true}"#, "/items: a schema must be an object"),
  ])
  func aSchemaThatItDoesNotUnderstandIsRefused(schema: String, why: String) throws {
    let error = #expect(throws: JSONSchema.Defect.self) { try JSONSchema(JSONDocument(parsing: schema)) }
    #expect(error?.description == why)
  }
}
