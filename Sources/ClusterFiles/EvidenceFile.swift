package import Evidence
import EvidenceDocument
import Glibc
import PostgresFormat

/// An evidence file: the evidence of one node as JSON, written whole or not at all.
package enum EvidenceFile {
  /// Why a file cannot be taken for evidence.
  package struct ReadError: Error, Sendable {
    /// Goes on from the path: "is not an evidence file".
    package var message: String
    /// What to do; nil where making the file anew is all that can be done.
    package var hint: String?
  }

  /// Why a file could not be written.
  package struct WriteError: Error, Sendable {
    /// Goes on from the path: "is inside the data directory …", or the text of the errno.
    package var message: String
    /// What to do instead; nil where the message says it all.
    package var hint: String?
  }

  /// Larger files are refused: evidence of a thousand slots has a few MB, a million transactions have five.
  static let sizeLimit = 100 << 20

  /// Whether the path is a regular file, which a data directory is not.
  package static func isOne(_ path: String) -> Bool { (try? FileStatus(path: path))?.kind == .regular }

  /// The evidence in a file of at most 100 MiB. Damaged evidence is refused, also what decodes but no server has:
  /// counts and segments out of all bounds could exhaust memory or time later.
  package static func read(_ path: String) throws(ReadError) -> Evidence {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try readWholeFile(path, limit: sizeLimit)
    } catch { throw ReadError(message: error.message) }
    if let excess = DocumentBounds(bytes).excess {
      throw ReadError(message: "\(excess), which evidence does not have")
    }
    var evidence: Evidence
    do throws(EvidenceDocument.Refusal) { evidence = try EvidenceDocument.read(bytes) } catch { throw ReadError(error) }
    guard evidence.slots.count <= Evidence.slotLimit else {
      throw ReadError(message: "is damaged evidence: more than \(Evidence.slotLimit) at slots")
    }
    guard evidence.settings.isPossible else {
      throw ReadError(message: "is damaged evidence: more than is ever gathered at settings")
    }
    guard evidence.problems.count <= Evidence.problemLimit else {
      throw ReadError(message: "is damaged evidence: more than \(Evidence.problemLimit) at problems")
    }
    var folders: Set<String> = []
    if let slot = evidence.slots.first(where: { !folders.insert($0.directory).inserted }) {
      throw ReadError(
        message: "is damaged evidence: two slots in the folder \"\(slot.directory.prefix(100))\" at slots")
    }
    guard evidence.wal.isPossible else {
      throw ReadError(message: "is damaged evidence: segments that no server has at wal")
    }
    guard evidence.timelines.count <= Evidence.timelineLimit else {
      throw ReadError(message: "is damaged evidence: more histories than are ever gathered at timelines")
    }
    guard evidence.serverLog?.isPossible ?? true else {
      throw ReadError(message: "is damaged evidence: more than is ever gathered at server_log")
    }
    guard WALStretch.arePossible(evidence.stretches) else {
      throw ReadError(message: "is damaged evidence: counts that no WAL has at stretches")
    }
    evidence.withholdSecrets()
    return evidence
  }

  /// One document with a line end: equal evidence gives equal bytes.
  package static func encode(_ evidence: Evidence) throws -> String {
    let bytes = try EvidenceDocument.write(evidence)
    guard bytes.count <= sizeLimit, DocumentBounds(bytes).excess == nil else {
      throw WriteError(
        message: "is not written: there is more evidence than any command would read back",
        hint: "Look at the directory with \"slotscope inspect\": which of its folders has so many files?")
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension EvidenceFile.ReadError {
  init(_ refusal: EvidenceDocument.Refusal) {
    switch refusal {
    case .noDocument: self.init(message: "is not an evidence file (no JSON object with a schema)")
    case .otherSchema(let schema):
      self.init(message: "has the schema \(schema.prefix(60)), expected \(EvidenceDocument.schema)")
    case .newer(let schema, let damage):
      self.init(
        message: "was made by a newer slotscope (\(schema.prefix(60)), this one reads \(EvidenceDocument.schema))"
          + (damage.map { ": \($0)" } ?? ""),
        hint: "Read it with the slotscope that made it, or install that one here.")
    case .damaged(let what): self.init(message: "is damaged evidence: \(what)")
    }
  }
}
