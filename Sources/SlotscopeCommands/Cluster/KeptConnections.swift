import ClusterFiles
import Evidence
import LiveServer

/// Servers that are asked round after round, each over one connection.
final class KeptConnections {
  private var sessions: [String: ServerSession] = [:]

  /// As ``Source/gather(configurationFile:isAlone:)``, which reads whatever is no server.
  func evidence(_ source: String) throws -> Evidence {
    guard Source.isServer(source) else { return try Source(source).gather() }
    let session = sessions[source] ?? Self.session(source)
    sessions[source] = session
    do throws(ServerError) { return try session.gather(at: DataDirectory.now) } catch {
      throw CommandFailure("\(ServerSource.shown(source)): \(error.message)", hint: error.hint)
    }
  }

  private static func session(_ source: String) -> ServerSession {
    var bounds = ServerBounds()
    bounds.watchesMemory = true
    // A round ends soon, also while a machine is gone.
    (bounds.connecting, bounds.reaching) = (4, 8)
    return ServerSession(ServerSource(source), bounds: bounds)
  }
}
