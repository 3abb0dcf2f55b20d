package import Evidence
package import PostgresFormat

/// A server that is asked again and again over one connection, which is made anew only where it broke.
///
/// Not for several tasks at once.
package final class ServerSession {
  private let source: ServerSource
  private let bounds: ServerBounds
  private var reader: ServerReader?

  /// Connects with the first question.
  package init(_ source: ServerSource, bounds: ServerBounds = ServerBounds()) {
    (self.source, self.bounds) = (source, bounds)
  }

  /// The same as ``ServerSource/gather(at:bounds:)``. A connection that was left over from the last question and is no good any more
  /// is no failure of this one.
  package func gather(at time: Timestamp) throws(ServerError) -> Evidence {
    if let kept = reader.take() {
      if let evidence = try? gather(over: kept, at: time) { return evidence }
    }
    for _ in 0..<2 {
      if let evidence = try gather(over: try source.open(bounds), at: time) { return evidence }
    }
    throw ServerSource.changedItsRole
  }

  /// nil where the server was promoted meanwhile. The connection is kept where all went well.
  private func gather(over reader: consuming ServerReader, at time: Timestamp) throws(ServerError) -> Evidence? {
    let fresh = try reader.again()
    let evidence = try source.read(fresh, at: time)
    if evidence != nil { self.reader = consume fresh }
    return evidence
  }
}
