"""The reading room and the page of one feedback: what they show, what people do there, the views they keep."""
