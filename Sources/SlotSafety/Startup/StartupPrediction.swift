package import Evidence

/// Whether the server would start with these files, and if not, what it would say.
package struct StartupPrediction: Sendable, Hashable {
  /// nil where the files leave it open.
  package var wouldStart: Bool?
  /// The server's own words where it would not start; why it is open where that is so.
  package var message: String?

  package static func predict(_ evidence: Evidence) -> StartupPrediction {
    StartupPrediction(wouldStart: nil, message: nil)
  }
}
