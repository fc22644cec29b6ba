"""Waishi (外事工作台): official outbound trips and foreign-related incidents, with a log anyone can check."""
