package import Evidence
import PostgresFormat

/// A server that was asked through a connection, and runs on a data directory of this machine.
///
/// Several nodes of one cluster have the same path, port and system identifier, each on its machine. A timeline has one
/// writer: where the server that was asked is the primary on a timeline, and the directory here is that of a running primary
/// on the same timeline, they are one.
package enum LocalServer {
  /// The directory on which the server of this evidence runs; nil where it is none of this machine, or cannot be read.
  package static func place(of evidence: Evidence) -> Origin.Place? {
    guard let server = evidence.server, server.role == .primary, let path = server.dataDirectory, path.hasPrefix("/"),
      let there = evidence.control?.value, let directory = try? DataDirectory(path: path)
    else { return nil }
    let local = directory.gather()
    guard let here = local.control?.value, here.checksumMatches, here.systemIdentifier == there.systemIdentifier,
      here.state == .inProduction, here.ownTimeline == (server.timeline ?? there.ownTimeline), local.role == .primary,
      local.startFiles.postmasterAlive == true, let port = local.startFiles.postmasterPID?.port,
      EffectiveSettings(evidence.settings, version: directory.version ?? .oldest).integer("port") == Int64(port)
    else { return nil }
    return local.origin.place
  }
}
