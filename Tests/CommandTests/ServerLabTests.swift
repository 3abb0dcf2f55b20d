import ServerLab
import Testing

/// Which real servers the live tests of this run have.
@Suite struct ServerLabTests {
  @Test func someServerIsThereInContinuousIntegration() {
    let majors = Lab.servers.map { "\($0.major) (\($0.place))" }.joined(separator: ", ")
    print("live tests run on PostgreSQL: \(majors.isEmpty ? "none found, they are skipped" : majors)")
    if Lab.isContinuousIntegration { #expect(!Lab.servers.isEmpty, "no PostgreSQL server on this machine") }
  }
}
