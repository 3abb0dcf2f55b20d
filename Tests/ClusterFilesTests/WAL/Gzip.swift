import FixtureSupport

/// Compresses files with the system's gzip.
enum Gzip {
  /// Replaces `path` by `path.gz`, which consists of so many gzip members.
  static func compress(_ path: String, members: Int) throws {
    let bytes = try FileTree.contents(of: path)
    let scratch = ScratchDirectory()
    let size = (bytes.count + members - 1) / members
    var packed: [UInt8] = []
    for member in 0..<members {
      let part = bytes[member * size..<min(bytes.count, (member + 1) * size)]
      let file = scratch.write("part\(member)", Array(part))
      try ExternalProgram.run("/usr/bin/gzip", ["-1", file])
      packed += try FileTree.contents(of: file + ".gz")
    }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let folder = parts.dropLast().joined(separator: "/")
    try ExternalProgram.run("/bin/rm", [path])
    try ExternalProgram.run("/bin/cp", [scratch.write("packed", packed), "\(folder)/\(parts[parts.count - 1]).gz"])
  }
}
