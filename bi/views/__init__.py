"""The dashboard's pages.

Not in a folder `pages`: Streamlit would run its files by themselves when a link to a page is the first to be opened.
"""
