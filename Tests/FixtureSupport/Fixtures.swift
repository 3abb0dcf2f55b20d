/// Where the tests' files are: `Fixtures/` at the top of the repository.
package enum Fixtures {
  /// The folder, found from this source file's own place.
  package static let directory: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return parts.joined(separator: "/") + "/Fixtures"
  }()
}
