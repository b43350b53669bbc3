package import Foundation

extension SloopAPI {
    /// What one resource costs in a month. Amounts are decimal strings in US dollars.
    package struct CostItemDetails: Codable, Sendable, Equatable {
        package var resource: String
        package var type: String
        package var plan: String
        package var monthlyPrice: String
        /// Hours billed so far.
        package var hours: Int
        package var accrued: String
        /// At the end of the month, if nothing changes.
        package var forecast: String
        /// As it is now: `running`, `stopped`, …, or `deleted`.
        package var state: String
        /// When it began to cost.
        package var since: Date
        /// When it ended.
        package var until: Date?

        package init(
            resource: String, type: String, plan: String, monthlyPrice: String, hours: Int, accrued: String,
            forecast: String, state: String, since: Date, until: Date? = nil
        ) {
            self.resource = resource
            self.type = type
            self.plan = plan
            self.monthlyPrice = monthlyPrice
            self.hours = hours
            self.accrued = accrued
            self.forecast = forecast
            self.state = state
            self.since = since
            self.until = until
        }
    }

    /// The sums of the items.
    package struct CostTotal: Codable, Sendable, Equatable {
        /// Of what still exists.
        package var monthlyPrice: String
        package var accrued: String
        package var forecast: String

        package init(monthlyPrice: String, accrued: String, forecast: String) {
            self.monthlyPrice = monthlyPrice
            self.accrued = accrued
            self.forecast = forecast
        }
    }

    /// The cost of a month, one item a resource.
    package enum GetMonthlyCost: SloopCall {
        package static let name = "GetMonthlyCost"

        package struct Input: Codable, Sendable, Equatable {
            /// `2026-11`; nil for this month, UTC.
            package var month: String?

            package init(month: String? = nil) {
                self.month = month
            }
        }

        package struct Output: Codable, Sendable, Equatable {
            package var month: String
            /// `USD`.
            package var currency: String
            package var items: [CostItemDetails]
            package var total: CostTotal

            package init(month: String, currency: String, items: [CostItemDetails], total: CostTotal) {
                self.month = month
                self.currency = currency
                self.items = items
                self.total = total
            }
        }
    }
    /// The same for people: a row of text a resource, and no dates. Of thousands it is made and read in a fraction of the
    /// time of ``GetMonthlyCost``.
    package enum GetCostTable: SloopCall {
        package static let name = "GetCostTable"

        package typealias Input = GetMonthlyCost.Input

        package struct Output: Codable, Sendable, Equatable {
            package var month: String
            /// `USD`.
            package var currency: String
            /// Of each item: resource, type, plan, state, monthly price, hours, accrued, forecast.
            package var rows: TextRows
            package var total: CostTotal

            package init(month: String, currency: String, rows: TextRows, total: CostTotal) {
                self.month = month
                self.currency = currency
                self.rows = rows
                self.total = total
            }
        }
    }
}
