import ByteReading
package import Evidence
import PostgresFormat

/// A folder with a server's libraries (`pg_config --pkglibdir`).
package struct LibraryFolder: Sendable {
  private let path: String

  /// Bytes of a library that are read; more than the largest that are known.
  private static let sizeLimit = 64 << 20

  /// nil where there is no such folder, or it cannot be read.
  package init?(_ path: String) {
    guard let status = try? FileStatus(path: path), status.kind == .directory else { return nil }
    self.path = path
  }

  /// Whether a library of that name is there.
  package func has(_ name: String) -> Bool { file(of: name) != nil }

  /// What is there of some names.
  package func libraries(_ names: some Sequence<String>) -> InstalledLibraries {
    var states: [String: InstalledLibraries.State] = [:]
    for name in names where states[name] == nil {
      states[name] = file(of: name).map { .there(path: $0, builtFor: Self.version(of: $0)) } ?? .missing
    }
    return InstalledLibraries(states)
  }

  /// As a server looks for it: under the name itself, then with the suffix of libraries (`expand_dynamic_library_name`).
  private func file(of name: String) -> String? {
    ["\(path)/\(name)", "\(path)/\(name).so"].first { (try? FileStatus(path: $0))?.kind == .regular }
  }

  private static func version(of path: String) -> ServerVersion? {
    guard let file = try? BoundedFile(path: path), file.status.size <= sizeLimit,
      let bytes = try? file.read(at: 0, count: file.status.size)
    else { return nil }
    // SAFETY: the array's elements are plain bytes.
    return LibraryMagic.version(in: unsafe bytes.span.bytes)
  }
}
