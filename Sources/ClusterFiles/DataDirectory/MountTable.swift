/// Which file systems are mounted where, by the lines of /proc/self/mountinfo (proc_pid_mountinfo(5)).
struct MountTable: Sendable, Hashable {
  private struct Mount: Sendable, Hashable {
    /// The folder of the file system that is seen there.
    var root: String
    var place: String
    var type: String
  }

  private let mounts: [Mount]

  /// Lines that are none are left out.
  init(_ text: String) {
    mounts = text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count > 5, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else { return nil }
      return Mount(root: Self.plain(words[3]), place: Self.plain(words[4]), type: String(words[dash + 1]))
    }
  }

  /// Whether a path, absolute and without links, lies in a root that is a container's alone: layers of its own, or a folder of the
  /// machine's file system. One that is a whole file system may be the machine's, seen with other processes.
  func isOwnRoot(_ path: String) -> Bool {
    let around = mounts.filter { $0.place == "/" || path == $0.place || path.hasPrefix($0.place + "/") }
    // What was mounted last covers what was there before.
    guard let mount = around.last(where: { one in around.allSatisfy { $0.place.utf8.count <= one.place.utf8.count } })
    else { return false }
    return mount.place == "/" && (mount.type == "overlay" || mount.root != "/")
  }

  /// Blanks and the like are written as a backslash and three octal digits.
  private static func plain(_ word: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = word.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8) {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
