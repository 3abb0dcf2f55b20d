package import Evidence
import PostgresFormat

/// Captures that outlive a failover: one file for each role and timeline that a node had, so that the last one before a change of roles is
/// never rotated out by those after it.
extension EvidenceFile {
  /// Timelines as a primary of which a file is kept, the newest.
  static let primariesKept = 100
  /// The same as a standby, whose older evidence helps with little.
  static let standbysKept = 10

  /// Writes `ROLE-TIMELINE-SYSTEM.json` into the folder, in the place of the capture before it of the same role and timeline, and returns
  /// its path. `permissions` are the file's. What is kept is bounded: of the same cluster's older files those of the oldest timelines go.
  package static func write(
    _ evidence: Evidence, toHistory folder: String, permissions: UInt32 = 0o600
  ) throws(WriteError) -> String {
    guard let system = evidence.control?.value.systemIdentifier, let timeline = evidence.currentTimeline,
      evidence.role != .unknown
    else {
      throw WriteError(
        message: "is not written to: whether the node is a primary or a standby, or on which timeline, is not known",
        hint: "Write its evidence to a file by its name (--output).")
    }
    let name = "\(evidence.role.rawValue)-\(timeline.hex)-\(system).json"
    let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    try write(evidence, to: path, permissions: permissions, keeping: 1)
    prune(folder, evidence.role, system)
    return path
  }

  /// The newest capture is there already: what cannot be removed stays.
  private static func prune(_ path: String, _ role: Evidence.Role, _ system: UInt64) {
    guard let folder = try? OpenFolder(path: path), let names = try? folder.names(limit: 10_000) else { return }
    // Timelines have eight digits: by name is by age.
    let own = names.filter { isHistory($0, role, system) }.sorted()
    let kept = role == .primary ? primariesKept : standbysKept
    for name in own.dropLast(kept) {
      guard let (bytes, identity) = folder.beginning(of: name, limit: sizeLimit), isEvidence(bytes) else { continue }
      _ = folder.remove(name, ifStill: identity)
    }
  }

  private static func isHistory(_ name: String, _ role: Evidence.Role, _ system: UInt64) -> Bool {
    let (head, tail) = ("\(role.rawValue)-", "-\(system).json")
    guard name.hasPrefix(head), name.hasSuffix(tail), name.utf8.count == head.utf8.count + 8 + tail.utf8.count else {
      return false
    }
    return name.utf8.dropFirst(head.utf8.count).prefix(8).allSatisfy { $0.isHexDigit }
  }
}

extension UInt8 {
  /// As the names of timelines have them.
  fileprivate var isHexDigit: Bool { isDigit || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(self) }
}
