package import Evidence
import FoundationEssentials

/// The document that an evidence file holds, `slotscope.evidence/1`: evidence as JSON, under names of its own.
///
/// It outlives the program that wrote it. What each release promises to those before and after it is in README.md beside
/// this file; `Reporting/Schemas/evidence.schema.json` has every member.
package enum EvidenceDocument {
  /// What stands before the version in ``schema``, and in every version of the document.
  package static let name = "slotscope.evidence/"
  /// The member `schema`, as it is written. All that has been added so far readers of the first release skip.
  package static let schema = name + "\(Version.current.major)"

  /// Why a document is not taken for evidence.
  package enum Refusal: Error, Sendable, Hashable {
    /// No JSON object with a member `schema`.
    case noDocument
    /// Another document, or a version that is none: what `schema` says.
    case otherSchema(String)
    /// Of a newer version than this program reads: what `schema` says, and what of it cannot be read, where that was tried.
    case newer(String, damage: String?)
    /// What is wrong, and where.
    case damaged(String)
  }

  /// The evidence in a document. Members that are not known here are skipped, whatever the minor version.
  package static func read(_ bytes: [UInt8]) throws(Refusal) -> Evidence {
    do {
      return try JSONDecoder().decode(Document.self, from: Data(bytes)).evidence
    } catch let refusal as Refusal {
      throw refusal
    } catch let error as DecodingError {
      // What is not JSON has no place in it.
      if case .dataCorrupted(let context) = error, context.codingPath.isEmpty { throw .noDocument }
      throw .damaged(Self.place(of: error))
    } catch {
      throw .damaged("it cannot be decoded")
    }
  }

  /// UTF-8 with a line end, in which nothing steers a terminal. Members are in one order: equal evidence gives equal bytes.
  package static func write(_ evidence: Evidence) throws -> [UInt8] {
    let writer = DocumentWriter()
    try writer.group("{", "}") {
      writer.member("schema")
      writer.string(schema)
      var (evidence, members) = (evidence, Members(to: writer))
      try evidence.exchange(&members)
    }
    writer.add("\n")
    return writer.bytes
  }

  /// `MAJOR` or `MAJOR.MINOR`, as it stands after the name. A major version takes away or changes what an older one says; a
  /// minor one adds words to a list, by which a reader without them fails.
  struct Version: Hashable {
    var major: UInt32
    var minor: UInt32 = 0

    static let current = Version(major: 1)

    /// nil where a schema is another document's, or has no number.
    init?(schema: String) {
      guard schema.hasPrefix(EvidenceDocument.name) else { return nil }
      let numbers = schema.dropFirst(EvidenceDocument.name.count).split(
        separator: ".", omittingEmptySubsequences: false
      ).map { UInt32($0) }
      guard (1...2).contains(numbers.count), let major = numbers[0], let minor = numbers.count == 1 ? 0 : numbers[1],
        major > 0
      else { return nil }
      (self.major, self.minor) = (major, minor)
    }

    init(major: UInt32) { self.major = major }
  }

  private struct Document: Decodable {
    var evidence: Evidence

    init(from decoder: any Decoder) throws {
      let schema: String
      do {
        schema = try decoder.container(keyedBy: MemberName.self).decode(
          String.self, forKey: MemberName(stringValue: "schema"))
      } catch { throw Refusal.noDocument }
      guard let version = Version(schema: schema) else { throw Refusal.otherSchema(schema) }
      guard version.major <= Version.current.major else { throw Refusal.newer(schema, damage: nil) }
      do {
        evidence = try ObjectForm<Evidence>(from: decoder).value
      } catch let error as DecodingError where version.minor > Version.current.minor {
        throw Refusal.newer(schema, damage: EvidenceDocument.place(of: error))
      }
    }
  }

  private static func place(of error: DecodingError) -> String {
    let (path, what): ([any CodingKey], String) =
      switch error {
      case .typeMismatch(_, let context): (context.codingPath, "a value of the wrong type")
      case .valueNotFound(_, let context): (context.codingPath, "a value is missing")
      case .keyNotFound(let key, let context): (context.codingPath, "\(key.stringValue) is missing")
      case .dataCorrupted(let context): (context.codingPath, context.debugDescription)
      @unknown default: ([], "it cannot be decoded")
      }
    return path.isEmpty ? what : what + " at " + path.map(\.stringValue).joined(separator: ".")
  }
}
