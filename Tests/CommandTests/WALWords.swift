import FixtureSupport
import PostgresFormat
import ServerLab
import Testing

/// What pg_waldump prints, beside what is printed here: compared byte for byte, line by line.
enum WALWords {
  /// Where two outputs first differ.
  struct Difference: CustomStringConvertible {
    var theirs: String
    var ours: String
    var description: String { "\n  pg_waldump: \(theirs)\n  slotscope:  \(ours)" }
  }

  /// Bytes of a line that are compared: a payload of megabytes is told byte for byte.
  private static let width = 30_000

  /// Runs both over the same folder and timeline. `theirs` and `ours` are further arguments; ours go to `wal records`.
  /// Returns the number of lines, and the first few that differ.
  static func compare(
    _ server: Lab.Server, folder: String, timeline: Int = 1, start: LSN, theirs: [String] = [], ours: [String] = []
  ) async throws -> (lines: Int, differences: [Difference]) {
    let names = segments(folder, timeline)
    return try await compareOutputs(
      server, folder: folder,
      theirs: ["-p", folder, "-t", "\(timeline)", "-s", "\(start)"] + theirs + [names.first ?? "", names.last ?? ""],
      ours: ["--waldir", folder, "--timeline", "\(timeline)", "--start", "\(start)"] + ours)
  }

  /// The names of a timeline's segments.
  static func segments(_ folder: String, _ timeline: Int = 1) -> [String] {
    FileTree.entries(of: folder).filter { SegmentName($0.utf8)?.timeline == TimelineID(UInt32(timeline)) }
  }

  /// The same with all arguments given.
  static func compareOutputs(
    _ server: Lab.Server, folder: String, theirs: [String], ours: [String]
  ) async throws -> (lines: Int, differences: [Difference]) {
    let place = "\(folder)/../words-\(UInt32.random(in: 0 ... .max))"
    defer { try? ExternalProgram.run("/bin/rm", ["-f", place + ".theirs", place + ".ours"]) }
    try await write(server.command("pg_waldump") + theirs, to: place + ".theirs")
    try await write([program, "wal", "records"] + ours, to: place + ".ours")
    let count = try await runProgram("/bin/sh", ["-c", "wc -l < '\(place).theirs'"]).output.filter(\.isNumber)
    let diff = try await runProgram(
      "/bin/sh", ["-c", "diff '\(place).theirs' '\(place).ours' | head -n 400 | cut -b 1-2000"])
    let lines = diff.output.split(separator: "\n").map(String.init)
    let theirLines = lines.filter { $0.hasPrefix("< ") }.map { String($0.dropFirst(2)) }
    let ourLines = lines.filter { $0.hasPrefix("> ") }.map { String($0.dropFirst(2)) }
    let differences = (0..<max(theirLines.count, ourLines.count)).map {
      Difference(theirs: $0 < theirLines.count ? theirLines[$0] : "", ours: $0 < ourLines.count ? ourLines[$0] : "")
    }
    return (Int(count) ?? 0, Array(differences.prefix(5)))
  }

  private static func write(_ command: [String], to file: String) async throws {
    // Both tell times in UTC: the one always, the other where TZ says so.
    _ = try await runProgram(
      "/bin/sh",
      [
        "-c", "file=$1; shift; TZ=UTC \"$@\" | grep -av '^first record is after' | cut -b 1-\(width) > \"$file\"", "sh",
        file,
      ] + command)
  }

  private static let program = productsDirectory + "/slotscope"
}
