import Evidence

/// What could not be read on a node, by the file: of many slots each is asked for its own.
struct ProblemsByPath: Sendable {
  private let causes: [String: Problem.Cause]

  /// Of several problems of a file the first counts.
  init(_ evidence: Evidence) {
    causes = Dictionary(evidence.problems.lazy.map { ($0.path, $0.cause) }) { first, _ in first }
  }

  /// Why a file cannot be used: what the system or its bytes say.
  func damage(of path: String) -> String { causes[path]?.sentence ?? "damaged" }
}
