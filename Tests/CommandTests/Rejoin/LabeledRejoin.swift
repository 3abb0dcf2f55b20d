import FixtureSupport
import ServerLab

/// A real old primary and its new one, and what happened when it was brought back.
struct LabeledRejoin: Sendable {
  var folder: String
  var label: JSONDocument

  /// Those of the repository, and the archives in the folder that SLOTSCOPE_REJOINS names.
  static let archives: [String] = {
    let folders = [Fixtures.directory + "/rejoin"] + [Environment.value("SLOTSCOPE_REJOINS")].compactMap { $0 }
    return folders.flatMap { folder in
      FileTree.entries(of: folder).filter { $0.hasSuffix(".tar.xz") }.map { "\(folder)/\($0)" }
    }
  }()

  init(_ archive: String, in scratch: ScratchDirectory) throws {
    try ExternalProgram.run("/usr/bin/tar", ["-xJf", archive, "-C", scratch.path])
    let name = archive.split(separator: "/").last.map(String.init) ?? archive
    folder = "\(scratch.path)/\(name.dropLast(".tar.xz".count))"
    label = try JSONDocument(contentsOf: folder + "/label.json")
  }

  var arguments: [String] {
    let archive = folder + "/archive"
    return ["rejoin", folder + "/old", "--new", folder + "/new"]
      + (FileTree.exists(archive) ? ["--archive", archive] : [])
  }

  /// Whether the plain start followed the new primary.
  var follows: Bool { label["plain"]["follows"].bool == true }
  /// Whether pg_rewind ended well, and the server followed after it.
  var rewinds: Bool { label["rewind"]["rc"].integer == 0 && label["rewound"]["follows"].bool == true }
  /// Whether it did once the segments that it lacked were given back.
  var rewindsWithSegments: Bool { rewinds || label["rewind_when_given_back"]["rc"].integer == 0 }

  /// What of a document is wrong, in words; nothing where it says what happened, or leaves it open.
  func wrongs(_ document: JSONDocument) -> [String] {
    var wrongs: [String] = []
    let way = document["way"].string ?? ""
    let rewind = document["rewind"]
    if way == "follow", !follows { wrongs.append("does not follow") }
    if way != "follow", way != "open", follows { wrongs.append("it follows as it is, not: \(way)") }
    if way == "rewind", !rewindsWithSegments { wrongs.append("pg_rewind does not help") }
    if way == "rebuild", rewinds { wrongs.append("pg_rewind works, no base backup is needed") }
    if rewind["possible"].bool == true, !rewinds { wrongs.append("pg_rewind does not work") }
    if rewind["possible"].bool == false, rewinds { wrongs.append("pg_rewind works") }
    let printed = label["rewind"]["output"].elements.compactMap(\.string).joined(separator: "\n")
    if let message = rewind["message"].string, !printed.contains(message) { wrongs.append("message \(message)") }
    for line in rewind["output"].elements.compactMap(\.string) where !line.contains("could not open file") {
      if !printed.contains("pg_rewind: " + line) { wrongs.append("line \(line)") }
    }
    let missing = label["segments_missing"].elements.compactMap(\.string)
    let wanted = missing.map { String($0.prefix(24)) }
    let found = rewind["missing_segments"].elements.compactMap(\.string)
    let isWhole = missing.last?.contains("nowhere") != true
    if isWhole ? found != wanted : !found.starts(with: wanted) { wrongs.append("missing \(found), not \(wanted)") }
    if let commits = label["commits_after_fork"].integer {
      let lost = document["lost_transactions"].integer
      if let lost, lost != commits { wrongs.append("lost \(lost), not \(commits)") }
      if document["lost_transactions_at_least"].integer ?? 0 > commits { wrongs.append("lost more than \(commits)") }
    }
    if let fork = label["fork"]["lsn"].string {
      let halves = fork.split(separator: "/")
      let padded = "\(halves[0])/\(String(repeating: "0", count: 8 - halves[1].count))\(halves[1])"
      if document["fork"]["lsn"].string != padded { wrongs.append("fork \(document["fork"]["lsn"]), not \(padded)") }
    }
    return wrongs + wrongSlots(document)
  }

  private func wrongSlots(_ document: JSONDocument) -> [String] {
    var wrongs: [String] = []
    let blocking = document["blocking_slots"].elements.compactMap(\.string)
    let way = document["way"].string
    if way == "follow" {
      let first = label["plain"]["slot_sync"]["first"]
      let said = first["stderr"].elements.compactMap(\.string).joined(separator: "\n")
      if !first.isNull, said.contains("same name slot") != !blocking.isEmpty {
        wrongs.append("blocking \(blocking): \(said)")
      }
      let there = label["plain"]["slots"].elements.filter { slot in
        slot["synced"].bool != true && slot["temporary"].bool != true
          && (slot["restart_lsn"].string != nil || slot["xmin"].string != nil || slot["catalog_xmin"].string != nil)
          && ["wal_removed", "rows_removed"].contains(slot["invalidation_reason"].string ?? "") == false
      }
      let names = Set(there.compactMap { $0["slot_name"].string })
      if Set(document["pinning_slots"].elements.compactMap(\.string)) != names {
        wrongs.append("pinning, not \(names)")
      }
    }
    if way == "rewind", label["rewound"]["slots"].elements.isEmpty == false || !blocking.isEmpty {
      if !blocking.isEmpty { wrongs.append("blocking \(blocking) after pg_rewind") }
    }
    return wrongs
  }
}
