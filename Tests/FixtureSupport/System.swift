import Glibc

/// What the fixtures need of the file system.
package enum FileTree {
  /// The names in a folder, sorted, without `.` and `..`; empty where it cannot be read.
  package static func entries(of folder: String) -> [String] {
    guard let stream = unsafe opendir(folder) else { return [] }
    // SAFETY: `stream` is the open stream from above; it is closed once, when the loop is over.
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      // SAFETY: the entry is valid until the next readdir; its name ends with a NUL inside the record.
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
        unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// All bytes of a file.
  package static func contents(of path: String) throws -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FixtureError("could not open \(path): errno \(errno)") }
    defer { close(descriptor) }
    return try contents(of: descriptor, named: path)
  }

  /// Writes a file anew with its bytes changed.
  package static func change(_ path: String, _ change: (inout [UInt8]) -> Void) throws {
    var bytes = try contents(of: path)
    change(&bytes)
    let descriptor = unsafe open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
    guard descriptor >= 0 else { throw FixtureError("could not open \(path): errno \(errno)") }
    defer { close(descriptor) }
    // SAFETY: write() reads at most `count` bytes of the buffer, which has that many.
    let written = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    guard written == bytes.count else { throw FixtureError("could not write \(path): errno \(errno)") }
  }

  /// All bytes up to the end of a file or pipe.
  fileprivate static func contents(of descriptor: Int32, named name: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      // SAFETY: read() writes at most `count` bytes into the buffer, which has that many.
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FixtureError("could not read \(name): errno \(errno)") }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
    }
  }
}

package enum Environment {
  /// An environment variable; nil where it is not set or empty.
  package static func value(_ name: String) -> String? {
    guard let text = unsafe getenv(name) else { return nil }
    // SAFETY: the text ends with a NUL, and nothing in the tests changes the environment.
    let value = unsafe String(cString: text)
    return value.isEmpty ? nil : value
  }
}

/// Runs a program of the operating system and waits for it.
package enum ExternalProgram {
  /// Throws unless the program ends with status 0.
  package static func run(_ path: String, _ arguments: [String]) throws {
    _ = try output(path, arguments)
  }

  /// What the program writes on its standard output. Throws unless it ends with status 0.
  package static func output(_ path: String, _ arguments: [String]) throws -> String {
    var pipeEnds: [Int32] = [-1, -1]
    // SAFETY: pipe() writes two descriptors into an array of two.
    guard unsafe pipe(&pipeEnds) == 0 else { throw FixtureError("no pipe: errno \(errno)") }
    for end in pipeEnds { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, pipeEnds[1], 1)

    // SAFETY: the argument vector ends with nil and its copies are freed after the call that reads them.
    var vector = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    var child: pid_t = 0
    let status = unsafe posix_spawn(&child, path, &actions, nil, &vector, environ)
    unsafe vector.forEach { unsafe free($0) }
    close(pipeEnds[1])
    defer { close(pipeEnds[0]) }
    guard status == 0 else { throw FixtureError("could not run \(path): errno \(status)") }

    let bytes = try FileTree.contents(of: pipeEnds[0], named: path)
    var result: Int32 = 0
    while unsafe waitpid(child, &result, 0) < 0 && errno == EINTR {}
    guard result == 0 else { throw FixtureError("\(path) \(arguments.joined(separator: " ")) failed: \(result)") }
    return String(decoding: bytes, as: UTF8.self)
  }
}
