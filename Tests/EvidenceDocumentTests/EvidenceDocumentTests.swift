import Evidence
import FoundationEssentials
import PostgresFormat
import Testing

@testable import EvidenceDocument

/// Versions of the document, and the forms of its values.
@Suite struct EvidenceDocumentTests {
  private static let evidence: Evidence = {
    var evidence = Evidence(origin: Origin(kind: .dataDirectory, source: "/data"))
    evidence.version = .v17
    evidence.settings.hidden = ["ssl_key_file", "archive_command", "restore_command"]
    evidence.problems = [Problem(subject: "wal", path: "pg_wal", cause: .file(errno: 5, message: "Input/output error"))]
    return evidence
  }()

  private static func text(_ evidence: Evidence = evidence) throws -> String {
    String(decoding: try EvidenceDocument.write(evidence), as: UTF8.self)
  }

  private static func refusal(_ text: String) -> EvidenceDocument.Refusal? {
    do throws(EvidenceDocument.Refusal) {
      _ = try EvidenceDocument.read(Array(text.utf8))
      return nil
    } catch { return error }
  }

  @Test func whatIsWrittenIsRead() throws {
    let text = try Self.text()
    #expect(try EvidenceDocument.read(Array(text.utf8)) == Self.evidence)
    #expect(try Self.text() == text)
    #expect(text.contains(#""schema" : "slotscope.evidence/1""#))
  }

  /// What it says of later minor versions it can read; of a later major version it says who made it.
  @Test(arguments: ["1", "1.0", "1.7"])
  func minorVersionsAreRead(version: String) throws {
    let text = try Self.text().replacing("slotscope.evidence/1", with: "slotscope.evidence/\(version)")
    #expect(try EvidenceDocument.read(Array(text.utf8)) == Self.evidence)
  }

  @Test(arguments: ["2", "2.1", "4294967295"])
  func majorVersionsAreNotEvenTried(version: String) throws {
    let schema = "slotscope.evidence/\(version)"
    #expect(Self.refusal(#"{"schema": "\#(schema)", "origin": 7}"#) == .newer(schema, damage: nil))
  }

  @Test(arguments: [
    "slotscope.inspect/1", "slotscope.evidence/", "slotscope.evidence/0", "slotscope.evidence/-1",
    "slotscope.evidence/1.", "slotscope.evidence/1.2.3", "slotscope.evidence/4294967296", "x", "",
  ])
  func whatIsNoVersionIsAnotherDocument(schema: String) {
    #expect(Self.refusal(#"{"schema": "\#(schema)"}"#) == .otherSchema(schema))
  }

  @Test(arguments: ["", "{", "[]", "7", "{}", #"{"schema": 1}"#, "\u{0}", #"{"schema": "slotscope.evidence/1""#])
  func whatHasNoSchemaIsNoDocument(text: String) { #expect(Self.refusal(text) == .noDocument) }

  /// A word that a newer minor version brings is not damage; in a version that is known it is.
  @Test func aWordThatIsNotKnown() throws {
    let text = try Self.text().replacing(#""data_directory""#, with: #""tape""#)
    #expect(Self.refusal(text) == .damaged("not a value that is known here: tape at origin.kind"))
    #expect(
      Self.refusal(text.replacing("evidence/1", with: "evidence/1.1"))
        == .newer("slotscope.evidence/1.1", damage: "not a value that is known here: tape at origin.kind"))
  }

  @Test func aCauseIsOneOfThree() throws {
    let text = try Self.text().replacing(#""file" : {"#, with: #""ghost" : {"#)
    #expect(Self.refusal(text)?.damage?.hasPrefix("not a cause that is known here") == true)
  }

  @Test(arguments: [
    (#""source" : "/data""#, #""source" : 7"#, "a value of the wrong type at origin.source"),
    (#""source" : "/data""#, #""origin" : "/data""#, "source is missing at origin"),
    (#""errno" : 5"#, #""errno" : 5000000000"#, "a number that is not known here at problems.Index 0.cause.file.errno"),
    (#""version" : "17""#, #""version" : "9.4""#, "not a supported PostgreSQL version: 9.4 at version"),
  ])
  func damageHasAPlace(part: String, other: String, damage: String) throws {
    #expect(Self.refusal(try Self.text().replacing(part, with: other))?.damage?.contains(damage) == true)
  }

  @Test(arguments: [
    (0, #""1970-01-01T00:00:00Z""#), (-1, #""1969-12-31T23:59:59.999999Z""#),
    (253_402_300_799_999_999, #""9999-12-31T23:59:59.999999Z""#), (253_402_300_800_000_000, "253402300800000000"),
    (-62_135_596_800_000_000, #""0001-01-01T00:00:00Z""#), (-62_135_596_800_000_001, "-62135596800000001"),
    (Int64.max, "9223372036854775807"), (Int64.min, "-9223372036854775808"),
  ])
  func timesAreText(microseconds: Int64, text: String) throws {
    var evidence = Self.evidence
    evidence.origin.gatheredAt = Timestamp(unixMicroseconds: microseconds)
    let document = try Self.text(evidence)
    #expect(document.contains("\"gathered_at\" : \(text)\n"))
    #expect(try EvidenceDocument.read(Array(document.utf8)) == evidence)
  }

  @Test(arguments: [#""2026-02-30T00:00:00Z""#, #""yesterday""#, "{}", "1.5"])
  func whatIsNoTimeIsRefused(text: String) throws {
    var evidence = Self.evidence
    evidence.origin.gatheredAt = Timestamp(unixMicroseconds: 0)
    let document = try Self.text(evidence).replacing(#""1970-01-01T00:00:00Z""#, with: text)
    #expect(Self.refusal(document)?.damage?.hasSuffix("origin.gathered_at") == true)
  }
}

extension EvidenceDocument.Refusal {
  fileprivate var damage: String? { if case .damaged(let what) = self { what } else { nil } }
}
