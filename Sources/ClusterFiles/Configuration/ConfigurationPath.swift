import Glibc

/// Paths in configuration files, resolved by their text alone as the server does.
enum ConfigurationPath {
  /// A path without empty parts, `.` and `..`, made absolute by the working directory.
  static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? canonical(path) : canonical(workingDirectory + "/" + path)
  }

  /// The parts of an absolute path, as they stand: where a link is on the way, `..` leads elsewhere than its text says.
  static func absoluteParts(_ path: String) -> [String] {
    (path.hasPrefix("/") ? path : workingDirectory + "/" + path).split(separator: "/").map(String.init)
  }

  /// `location` as a statement in a file of `directory` means it.
  static func resolve(_ location: String, in directory: String) -> String {
    location.hasPrefix("/") ? canonical(location) : canonical(directory + "/" + location)
  }

  /// The folder that a file of this absolute path is in.
  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func canonical(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  static var workingDirectory: String {
    // SAFETY: getcwd allocates the result, which is copied and freed here.
    guard let raw = unsafe getcwd(nil, 0) else { return "/" }
    defer { unsafe free(raw) }
    return unsafe String(cString: raw)
  }
}
