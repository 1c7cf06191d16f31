"""A complete electronics shop for demo and tests: its data, Shopify's and Magento's APIs over it, and its visitors."""
